output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "url" {
  description = "Address of the metadata service inside the cluster."
  value       = "http://${module.release.name}-datahub-gms.${var.namespace}.svc:8080"
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
