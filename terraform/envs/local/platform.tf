module "platform" {
  source = "../../modules/platform"

  cert_manager         = var.cert_manager
  chart_mirror         = var.chart_mirror
  cluster              = module.cluster.cluster
  credentials          = var.credentials
  credentials_revision = var.credentials_revision
  datahub              = var.datahub
  environment          = "local"
  images               = var.images
  monitoring           = var.monitoring
  name                 = "local"
  postgres             = var.postgres
  registry_mirror      = var.registry_mirror
  spark_history        = var.spark_history
  spark_operator       = var.spark_operator
  vault                = var.vault
}
