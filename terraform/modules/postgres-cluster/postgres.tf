locals {
  _image = var.registry_mirror == "" ? {} : { imageName = "${var.registry_mirror}/cloudnative-pg/postgresql:${var.major}" }

  _values = {
    cluster = merge(local._image, {
      affinity = { nodeSelector = var.cluster.node_selectors.system }
      initdb = {
        database = var.database
        owner    = var.database
        secret   = { name = var.existing_secret }
      }
      storage = { storageClass = var.cluster.storage_classes.rwo }
    })
    fullnameOverride = var.name
    version          = { postgresql = var.major }
  }
}

# Done when the operator has been told: nobody waits here until servers are up. Whatever uses them does.
module "release" {
  source = "../release"

  chart        = "cluster"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = var.name
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
