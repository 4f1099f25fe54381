output "cluster" {
  description = "The one object every cluster module gives and the platform takes; no field of it is a secret."
  value = {
    access            = var.access
    auth              = local._auth
    ca                = null
    host              = null
    kms_key_id        = var.kms_key_id
    name              = var.name
    node_selectors    = var.node_selectors
    oidc_issuer       = var.oidc_issuer
    provider          = "existing"
    storage_classes   = var.storage_classes
    workload_identity = var.workload_identity
  }
}
