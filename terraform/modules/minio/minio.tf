locals {
  _values = {
    existingSecret = var.existing_secret
    image          = var.image
    networkPolicy  = { fromNamespaces = sort(tolist(var.client_namespaces)) }
    nodeSelector   = var.cluster.node_selectors.system
    persistence    = { storageClass = var.cluster.storage_classes.rwo }
    registryMirror = var.registry_mirror
  }
}

module "release" {
  source = "../release"

  chart        = "minio"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "minio"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
