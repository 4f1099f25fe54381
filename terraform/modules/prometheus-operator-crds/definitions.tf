module "release" {
  source = "../release"

  chart        = "prometheus-operator-crds"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "prometheus-operator-crds"
  namespace    = var.namespace
}
