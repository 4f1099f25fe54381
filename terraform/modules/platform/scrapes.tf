locals {
  # As the charts `gridata` and `monitoring` name them; docs/reference/monitoring.md says where each comes from.
  _components = {
    airflow       = true
    certManager   = var.cert_manager.enabled
    minio         = true
    sparkOperator = var.spark_operator.enabled
    vault         = var.vault.enabled
  }

  # Rules know a target by its job. Prometheus is in the namespace of the gridata chart, or with its operator.
  _scrapers = [local._operator ? local._names.monitoring : local._names.gridata]

  _scrapes = merge(
    {
      airflow = {
        labels    = { component = "statsd" }
        namespace = kubernetes_namespace_v1.this[local._names.airflow].metadata[0].name
        port      = "statsd-scrape"
      }
      minio = {
        labels = { "app.kubernetes.io/name" = "minio" }
        path   = "/minio/metrics/v3"
        port   = "s3"
      }
    },
    { for name in var.cert_manager.enabled ? [local._names.cert_manager] : [] : "cert-manager" => {
      labels    = { "app.kubernetes.io/name" = "cert-manager" }
      namespace = kubernetes_namespace_v1.this[name].metadata[0].name
      port      = "http-metrics"
    } },
    { for name in var.spark_operator.enabled ? [local._names.spark_operator] : [] : "spark-operator" => {
      labels    = { "app.kubernetes.io/component" = "controller", "app.kubernetes.io/name" = "spark-operator" }
      namespace = kubernetes_namespace_v1.this[name].metadata[0].name
      port      = "metrics"
    } },
    { for name in var.vault.enabled ? [local._names.vault] : [] : "vault" => {
      labels    = { "app.kubernetes.io/name" = "vault", component = "server" }
      namespace = kubernetes_namespace_v1.this[name].metadata[0].name
      params    = { format = "prometheus" }
      path      = "/v1/sys/metrics"
      port      = "http"
    } },
  )
}
