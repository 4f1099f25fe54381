module "cluster" {
  source = "../../modules/kubernetes/existing"

  context         = var.context
  kubeconfig_path = var.kubeconfig_path
  name            = "local"
  storage_classes = { rwo = var.storage_class }
}
