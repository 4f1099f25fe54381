output "login_user" {
  description = "User whose password is in the Secret of users."
  value       = "gridata"
}

output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "service_accounts" {
  description = "Accounts that start and follow jobs."
  value       = toset(["airflow-scheduler", "airflow-triggerer"])
}

output "url" {
  description = "Address of the API inside the cluster."
  value       = "http://airflow-api-server.${var.namespace}.svc:8080"
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
