output "job_templates" {
  description = "ConfigMap in Airflow's namespace with what jobs are made from."
  value       = "${module.release.name}-job-templates"
}

output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "spark_history_url" {
  description = "Spark's history server as people reach it; null where it has no host."
  value       = local._history_url == "" ? null : local._history_url
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
