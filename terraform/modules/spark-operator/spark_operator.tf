locals {
  _registry = var.registry_mirror == "" ? {} : { registry = var.registry_mirror }

  _values = {
    certManager = { enable = var.cert_manager }
    controller  = { nodeSelector = var.cluster.node_selectors.system }
    hook        = { image = local._registry, nodeSelector = var.cluster.node_selectors.system }
    image       = local._registry
    prometheus  = { podMonitor = { create = var.pod_monitor } }
    webhook     = { nodeSelector = var.cluster.node_selectors.system }
  }
}

module "release" {
  source = "../release"

  chart        = "spark-operator"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "spark-operator"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
