locals {
  _image = var.registry_mirror == "" ? {} : { repository = "${var.registry_mirror}/cloudnative-pg/cloudnative-pg" }

  _values = {
    image        = local._image
    nodeSelector = var.cluster.node_selectors.system
  }
}

module "release" {
  source = "../release"

  chart        = "cloudnative-pg"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "cloudnative-pg"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
