output "addresses" {
  description = "Where the parts are inside the cluster; null for a part that is not installed."
  value       = module.platform.addresses
}

output "job_namespaces" {
  description = "Namespaces in which jobs run, one for each domain."
  value       = module.platform.job_namespaces
}

output "spark_history_url" {
  description = "Spark's history server as people reach it; null where it has no host: `kubectl port-forward` reaches it then."
  value       = module.platform.spark_history_url
}
