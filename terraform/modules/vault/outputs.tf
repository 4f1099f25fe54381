output "address" {
  description = "Address of the servers inside the cluster; it answers once one of them is initialised and unsealed."
  value       = "http://${module.release.name}.${var.namespace}.svc:8200"
}

output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
