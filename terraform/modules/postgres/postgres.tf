locals {
  _values = {
    database       = var.database
    existingSecret = var.existing_secret
    image          = var.image
    networkPolicy  = { fromNamespaces = sort(tolist(var.client_namespaces)) }
    nodeSelector   = var.cluster.node_selectors.system
    persistence    = { storageClass = var.cluster.storage_classes.rwo }
    registryMirror = var.registry_mirror
    uid            = var.uid
    user           = var.database
  }
}

module "release" {
  source = "../release"

  chart        = "postgres"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = var.name
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
