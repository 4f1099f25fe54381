locals {
  _claims = {
    for name, size in var.storage : name => {
      volumeClaimTemplate = {
        spec = {
          accessModes      = ["ReadWriteOnce"]
          resources        = { requests = { storage = size } }
          storageClassName = var.cluster.storage_classes.rwo
        }
      }
    }
  }

  _routes = var.alertmanager_secret == null ? {} : {
    configSecret      = var.alertmanager_secret
    useExistingSecret = true
  }

  _selector = var.cluster.node_selectors.system

  _values = {
    alertmanager = {
      alertmanagerSpec = merge(local._routes, {
        nodeSelector = local._selector
        storage      = local._claims.alertmanager
      })
    }
    global = { imageRegistry = var.registry_mirror }
    grafana = {
      admin        = { existingSecret = var.grafana_secret }
      nodeSelector = local._selector
    }
    kube-state-metrics = { nodeSelector = local._selector }
    prometheus         = { prometheusSpec = { nodeSelector = local._selector, storageSpec = local._claims.prometheus } }
    prometheusOperator = { nodeSelector = local._selector }
  }
}

module "release" {
  source = "../release"

  chart        = "kube-prometheus-stack"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "monitoring"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]
}
