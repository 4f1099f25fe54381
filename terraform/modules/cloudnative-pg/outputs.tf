output "release" {
  description = "Name of the release, known once everything in it is there."
  value       = module.release.name
}

output "values" {
  description = "What was laid over the chart's own values; nothing in it is secret."
  value       = module.release.values
}
