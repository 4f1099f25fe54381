locals {
  _storage = { storageClass = var.cluster.storage_classes.rwo }

  _values = {
    alertmanager   = { existingSecret = var.alertmanager_secret, persistence = local._storage }
    nodeSelector   = var.cluster.node_selectors.system
    prometheus     = { persistence = local._storage }
    registryMirror = var.registry_mirror
    scrapes        = { for job, scrape in var.scrapes : job => { for name, value in scrape : name => value if value != null } }
  }
}

module "release" {
  source = "../release"

  chart        = "monitoring"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "monitoring"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
