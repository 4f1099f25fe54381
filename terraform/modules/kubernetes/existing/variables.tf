variable "access" {
  description = "From where the API server answers: `public` (anywhere) or `private` (only inside its network, so cluster and platform are two applies)."
  type        = string
  default     = "public"
  nullable    = false

  validation {
    condition     = contains(["private", "public"], var.access)
    error_message = "access: got ${var.access}, allowed private or public."
  }
}

variable "context" {
  description = "Context of the kubeconfig file. Named always: the current context is whatever somebody used last."
  type        = string
  nullable    = false

  validation {
    condition     = trimspace(var.context) != ""
    error_message = "context: got an empty name, allowed a context of the kubeconfig. List them with `kubectl config get-contexts`."
  }
}

variable "kms_key_id" {
  description = "Key that encrypts volumes and unseals Vault; null when the cluster has none."
  type        = string
  default     = null
}

variable "kubeconfig_path" {
  description = "Kubeconfig file. Only its path reaches the state, never what is in it."
  type        = string
  default     = "~/.kube/config"
  nullable    = false
}

variable "name" {
  description = "Name of the cluster in labels and alerts."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name: got ${var.name}, allowed 1 to 40 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "node_selectors" {
  description = "Node labels per kind of work; empty means any node."
  type = object({
    spark_driver   = optional(map(string), {})
    spark_executor = optional(map(string), {})
    system         = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "oidc_issuer" {
  description = "Issuer of the cluster's service account tokens, as Vault reaches it; null when Vault reviews tokens at the API server instead."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_issuer == null || can(regex("^https://", var.oidc_issuer))
    error_message = "oidc_issuer: got ${coalesce(var.oidc_issuer, "null")}, allowed an https URL or null. `kubectl get --raw /.well-known/openid-configuration` shows it."
  }
}

variable "storage_classes" {
  description = "Storage classes by access mode: `rwo` for one node (databases), `rwx` for many; null `rwx` means the cluster has none."
  type = object({
    rwo = string
    rwx = optional(string)
  })
  nullable = false

  validation {
    condition     = trimspace(var.storage_classes.rwo) != ""
    error_message = "storage_classes.rwo: got an empty name, allowed a storage class. List them with `kubectl get storageclass`."
  }
}

variable "workload_identity" {
  description = "What a service account carries to act as a cloud identity; empty outside the clouds."
  type = object({
    annotations = optional(map(string), {})
    labels      = optional(map(string), {})
  })
  default  = {}
  nullable = false
}
