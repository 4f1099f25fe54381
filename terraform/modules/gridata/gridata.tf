locals {
  _history      = var.spark_history
  _history_path = "/spark-history"
  _history_url  = local._history.enabled && local._history.host != null ? "${local._history.tls_secret == null ? "http" : "https"}://${local._history.host}${local._history_path}" : ""

  _values = {
    credentialsSecret = var.credentials_secret
    images            = { control = var.control_image, jobs = var.jobs_image }
    jobs = {
      launchers = [
        for account in sort(tolist(var.airflow.service_accounts)) : { name = account, namespace = var.airflow.namespace }
      ]
      templatesNamespace = var.airflow.namespace
    }
    monitoring = {
      components = var.monitoring.components
      operator   = var.monitoring.operator
      scrapes    = { for job, scrape in var.monitoring.scrapes : job => { for name, value in scrape : name => value if value != null } }
    }
    networkPolicy  = { scrapersFrom = sort(tolist(var.monitoring.scrapers_from)) }
    registryMirror = var.registry_mirror
    settings = {
      airflowUrl = var.airflow.url
      datahubUrl = coalesce(var.datahub_url, " ") == " " ? "" : var.datahub_url
      s3Endpoint = var.store.endpoint == null ? "" : var.store.endpoint
      store      = var.store.landing
      warehouse  = var.store.warehouse
    }
    sparkHistory = {
      enabled        = local._history.enabled
      fromNamespaces = sort(tolist(local._history.from_namespaces))
      ingress = merge(
        {
          className = local._history.class
          enabled   = local._history.host != null
          host      = local._history.host
          tlsSecret = local._history.tls_secret
        },
        local._history.annotations == null ? {} : { annotations = local._history.annotations },
      )
      keptDays = local._history.kept_days
      path     = local._history_path
      url      = local._history_url
    }
    sweep = { airflowSecret = var.airflow.login_secret }
  }
}

module "release" {
  source = "../release"

  chart        = "gridata"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "gridata"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]

  # Its job makes buckets and tables.
  wait_for_jobs = true
}
