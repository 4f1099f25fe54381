output "name" {
  description = "Name of the release, known once everything in it is there."
  value       = helm_release.this.name
}

output "values" {
  description = "The YAML documents that were laid over the chart's own values; nothing in them is secret."
  value       = helm_release.this.values
}

output "wait" {
  description = "Whether the release was waited for."
  value       = helm_release.this.wait
}
