# A named context of a file; no token passes through Terraform.
locals {
  _kubeconfig = module.cluster.cluster.auth.kubeconfig
}

provider "helm" {
  kubernetes = {
    config_context = local._kubeconfig.context
    config_path    = local._kubeconfig.path
  }
}

provider "kubernetes" {
  config_context = local._kubeconfig.context
  config_path    = local._kubeconfig.path
}
