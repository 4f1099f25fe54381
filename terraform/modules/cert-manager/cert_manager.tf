locals {
  _registry = var.registry_mirror == "" ? {} : { imageRegistry = var.registry_mirror }

  _values = merge(local._registry, {
    cainjector   = { nodeSelector = var.cluster.node_selectors.system }
    nodeSelector = var.cluster.node_selectors.system
    webhook      = { nodeSelector = var.cluster.node_selectors.system }
  })
}

module "release" {
  source = "../release"

  chart        = "cert-manager"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "cert-manager"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
