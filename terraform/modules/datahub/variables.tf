variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "cluster" {
  description = "What this module reads of the object that every cluster module gives."
  type = object({
    node_selectors = object({ system = map(string) })
  })
  nullable = false
}

variable "database" {
  description = "PostgreSQL that keeps the metadata: where it is, and the Secret (key password) of its user."
  type = object({
    host   = string
    name   = optional(string, "datahub")
    port   = optional(number, 5432)
    secret = optional(string, "datahub-database")
    tls    = optional(bool, true)
    user   = optional(string, "datahub")
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9.-]+$", var.database.host))
    error_message = "database.host: got ${var.database.host}, allowed a host's name without scheme and port."
  }
}

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "kafka_bootstrap" {
  description = "Kafka's first addresses, host:port separated by commas."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9.-]+:[0-9]+(,[a-z0-9.-]+:[0-9]+)*$", var.kafka_bootstrap))
    error_message = "kafka_bootstrap: got ${var.kafka_bootstrap}, allowed host:port[,host:port]."
  }
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  default     = "datahub"
  nullable    = false
}

variable "opensearch" {
  description = "OpenSearch that answers searches and keeps the graph; the Secret (key password) of its user, or null where it asks for none."
  type = object({
    host   = string
    port   = optional(number, 9200)
    secret = optional(string)
    tls    = optional(bool, true)
    user   = optional(string, "datahub")
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9.-]+$", var.opensearch.host))
    error_message = "opensearch.host: got ${var.opensearch.host}, allowed a host's name without scheme and port."
  }
}

variable "registry_mirror" {
  description = "Put in the place of every image's registry, such as `mirror.example/docker`; empty: images come from their own."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = !can(regex("^[a-z]+://|/$", var.registry_mirror))
    error_message = "registry_mirror: got ${var.registry_mirror}, allowed a host and path without scheme and without a slash at the end."
  }
}

variable "secrets" {
  description = "Secrets that must be there first: `keys` (encryption-key, frontend-secret, system-client-secret, token-salt, token-signing-key) and `users` (user.props: a line user:password each)."
  type = object({
    keys  = optional(string, "datahub-keys")
    users = optional(string, "datahub-users")
  })
  default  = {}
  nullable = false
}
