locals {
  _image = join("/", compact([var.registry_mirror, "hashicorp/vault"]))

  _values = {
    server = {
      dataStorage  = { storageClass = var.cluster.storage_classes.rwo }
      image        = { repository = local._image }
      nodeSelector = var.cluster.node_selectors.system
    }
  }
}

module "release" {
  source = "../release"

  chart        = "vault"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "vault"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]

  # A server that nobody has initialised is never ready, and nobody can initialise what is not there yet.
  wait = false
}
