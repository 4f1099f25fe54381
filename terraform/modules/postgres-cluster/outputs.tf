output "host" {
  description = "Name under which pods reach the server that takes writes, at port 5432."
  value       = "${module.release.name}-rw.${var.namespace}.svc"
}

output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
