output "addresses" {
  description = "Where the parts are inside the cluster; null for a part that is not installed."
  value       = module.platform.addresses
}

output "job_namespaces" {
  description = "Namespaces in which jobs run, one for each domain."
  value       = module.platform.job_namespaces
}
