# In order: definitions, then what others need (certificates, Vault, store, databases), then what uses it.
locals {
  _common = {
    chart_mirror    = var.chart_mirror
    environment     = var.environment
    registry_mirror = var.registry_mirror
  }

  # Rules and scrapes are objects of Prometheus's operator only where that is.
  _operator = var.monitoring.stack == "full"
}

module "prometheus_operator_crds" {
  source = "../prometheus-operator-crds"
  count  = local._operator ? 1 : 0

  chart_mirror = local._common.chart_mirror
  environment  = local._common.environment
  namespace    = kubernetes_namespace_v1.this[local._names.monitoring].metadata[0].name
}

module "cert_manager" {
  source = "../cert-manager"
  count  = var.cert_manager.enabled ? 1 : 0

  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  environment     = local._common.environment
  namespace       = kubernetes_namespace_v1.this[local._names.cert_manager].metadata[0].name
  registry_mirror = local._common.registry_mirror
}

module "vault" {
  source = "../vault"
  count  = var.vault.enabled ? 1 : 0

  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  environment     = local._common.environment
  namespace       = kubernetes_namespace_v1.this[local._names.vault].metadata[0].name
  registry_mirror = local._common.registry_mirror
}

module "minio" {
  source = "../minio"

  chart_mirror      = local._common.chart_mirror
  client_namespaces = setunion(local._domain_namespaces, local._scrapers)
  cluster           = var.cluster
  environment       = local._common.environment
  image             = var.images.minio
  namespace         = kubernetes_namespace_v1.this[local._names.gridata].metadata[0].name
  registry_mirror   = local._common.registry_mirror

  depends_on = [kubernetes_secret_v1.this, module.cert_manager, module.vault]
}

# One of jobs and the ledger, one of Airflow: neither can fill the other's disk or use up its connections.
module "postgres" {
  source   = "../postgres"
  for_each = var.postgres.backend == "single" ? local._databases : {}

  chart_mirror      = local._common.chart_mirror
  client_namespaces = each.key == "gridata" ? local._domain_namespaces : toset([])
  cluster           = var.cluster
  database          = each.key
  environment       = local._common.environment
  existing_secret   = each.value.name
  image             = var.images.postgres
  name              = each.value.name
  namespace         = kubernetes_namespace_v1.this[each.value.namespace].metadata[0].name
  registry_mirror   = local._common.registry_mirror
  uid               = var.postgres.uid

  depends_on = [kubernetes_secret_v1.this]
}

module "cloudnative_pg" {
  source = "../cloudnative-pg"
  count  = var.postgres.backend == "cnpg" ? 1 : 0

  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  environment     = local._common.environment
  namespace       = kubernetes_namespace_v1.this[local._names.cloudnative_pg].metadata[0].name
  registry_mirror = local._common.registry_mirror
}

module "postgres_cluster" {
  source   = "../postgres-cluster"
  for_each = var.postgres.backend == "cnpg" ? local._databases : {}

  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  database        = each.key
  environment     = local._common.environment
  existing_secret = each.value.name
  name            = each.value.name
  namespace       = kubernetes_namespace_v1.this[each.value.namespace].metadata[0].name
  registry_mirror = local._common.registry_mirror

  depends_on = [kubernetes_secret_v1.this, module.cloudnative_pg]
}

module "spark_operator" {
  source = "../spark-operator"
  count  = var.spark_operator.enabled ? 1 : 0

  cert_manager    = var.cert_manager.enabled
  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  environment     = local._common.environment
  namespace       = kubernetes_namespace_v1.this[local._names.spark_operator].metadata[0].name
  registry_mirror = local._common.registry_mirror

  depends_on = [module.cert_manager, module.prometheus_operator_crds]
}

module "gridata" {
  source = "../gridata"

  airflow = {
    login_secret     = "airflow-login"
    namespace        = kubernetes_namespace_v1.this[local._names.airflow].metadata[0].name
    service_accounts = ["airflow-scheduler", "airflow-triggerer"]
    url              = "http://airflow-api-server.${local._names.airflow}.svc:8080"
  }
  chart_mirror  = local._common.chart_mirror
  control_image = var.images.control
  datahub_url   = var.datahub.enabled ? "http://datahub-datahub-gms.${local._names.datahub}.svc:8080" : null
  environment   = local._common.environment
  jobs_image    = var.images.jobs
  monitoring = {
    components    = local._components
    operator      = local._operator
    scrapers_from = local._operator ? [local._names.monitoring] : []
    scrapes       = local._scrapes
  }
  namespace       = kubernetes_namespace_v1.this[local._names.gridata].metadata[0].name
  registry_mirror = local._common.registry_mirror
  spark_history   = var.spark_history
  store           = { endpoint = module.minio.endpoint }

  depends_on = [module.postgres, module.postgres_cluster, module.prometheus_operator_crds, module.spark_operator]
}

module "airflow" {
  source = "../airflow"

  chart_mirror       = local._common.chart_mirror
  client_namespaces  = [local._names.gridata]
  cluster            = var.cluster
  environment        = local._common.environment
  image              = var.images.airflow
  installation       = var.name
  job_templates      = module.gridata.job_templates
  namespace          = kubernetes_namespace_v1.this[local._names.airflow].metadata[0].name
  pools_revision     = local._pools_revision
  registry_mirror    = local._common.registry_mirror
  scraper_namespaces = local._scrapers

  depends_on = [kubernetes_secret_v1.jobs, module.postgres, module.postgres_cluster]
}

module "datahub" {
  source = "../datahub"
  count  = var.datahub.enabled ? 1 : 0

  chart_mirror    = local._common.chart_mirror
  cluster         = var.cluster
  database        = var.datahub.database
  environment     = local._common.environment
  kafka_bootstrap = var.datahub.kafka_bootstrap
  namespace       = kubernetes_namespace_v1.this[local._names.datahub].metadata[0].name
  opensearch      = var.datahub.opensearch
  registry_mirror = local._common.registry_mirror

  depends_on = [kubernetes_secret_v1.this]
}

module "monitoring" {
  source = "../monitoring"
  count  = local._operator ? 1 : 0

  alertmanager_secret = var.monitoring.alertmanager_secret
  chart_mirror        = local._common.chart_mirror
  cluster             = var.cluster
  environment         = local._common.environment
  namespace           = kubernetes_namespace_v1.this[local._names.monitoring].metadata[0].name
  registry_mirror     = local._common.registry_mirror
  storage             = var.monitoring.storage

  depends_on = [kubernetes_secret_v1.this, module.prometheus_operator_crds]
}

module "monitoring_small" {
  source = "../monitoring-small"
  count  = var.monitoring.stack == "small" ? 1 : 0

  alertmanager_secret = var.monitoring.alertmanager_secret
  chart_mirror        = local._common.chart_mirror
  cluster             = var.cluster
  environment         = local._common.environment
  namespace           = kubernetes_namespace_v1.this[local._names.gridata].metadata[0].name
  registry_mirror     = local._common.registry_mirror
  scrapes             = local._scrapes

  depends_on = [module.gridata]
}
