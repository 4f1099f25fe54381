output "addresses" {
  description = "Where the parts are inside the cluster; null for a part that is not installed."
  value = {
    airflow = module.airflow.url
    datahub = one(module.datahub[*].url)
    store   = module.minio.endpoint
    vault   = one(module.vault[*].address)
  }
}

output "job_namespaces" {
  description = "Namespaces in which jobs run, one for each domain."
  value       = local._domain_namespaces
}

output "namespaces" {
  description = "Namespaces of the platform itself, each with its standard of pod security."
  value       = local._namespaces
}

output "spark_history_url" {
  description = "Spark's history server as people reach it; null where it has no host."
  value       = module.gridata.spark_history_url
}
