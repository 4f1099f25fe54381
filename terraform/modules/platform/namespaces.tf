locals {
  _names = var.namespaces

  # Standard of pod security by namespace: the strictest one that the chart's pods meet.
  _namespaces = merge(
    {
      (local._names.airflow) = "restricted"
      (local._names.gridata) = "restricted"
    },
    var.cert_manager.enabled ? { (local._names.cert_manager) = "restricted" } : {},
    var.datahub.enabled ? { (local._names.datahub) = "baseline" } : {},
    local._operator ? { (local._names.monitoring) = "restricted" } : {},
    var.postgres.backend == "cnpg" ? { (local._names.cloudnative_pg) = "restricted" } : {},
    var.spark_operator.enabled ? { (local._names.spark_operator) = "restricted" } : {},
    var.vault.enabled ? { (local._names.vault) = "restricted" } : {},
  )

  _helm = "${path.module}/../../../helm"

  # Domains stand in the gridata chart's values and in the environment's; Helm lays the second over the first.
  _chart_values       = yamldecode(file("${local._helm}/charts/gridata/values.yaml"))
  _environment_path   = "${local._helm}/values/${var.environment}/gridata.yaml"
  _environment_values = fileexists(local._environment_path) ? yamldecode(file(local._environment_path)) : {}

  _domains = setunion(
    keys(local._chart_values.jobs.domains),
    keys(try(local._environment_values.jobs.domains, {})),
  )
  _domain_prefix = try(local._environment_values.jobs.namespacePrefix, local._chart_values.jobs.namespacePrefix)
  # Changes with what Airflow imports its pools from.
  _pools_revision    = substr(sha256(jsonencode([local._chart_values.jobs.domains, try(local._environment_values.jobs.domains, {})])), 0, 16)
  _domain_namespaces = toset([for domain in local._domains : "${local._domain_prefix}${domain}"])
}

resource "kubernetes_namespace_v1" "this" {
  for_each = local._namespaces

  metadata {
    name = each.key
    labels = {
      "app.kubernetes.io/part-of"                  = "gridata"
      "pod-security.kubernetes.io/enforce"         = each.value
      "pod-security.kubernetes.io/enforce-version" = "v1.34"
      "pod-security.kubernetes.io/warn"            = "restricted"
    }
  }
}
