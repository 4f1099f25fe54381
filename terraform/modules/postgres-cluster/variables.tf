variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "cluster" {
  description = "What this module reads of the object that every cluster module gives."
  type = object({
    node_selectors  = object({ system = map(string) })
    storage_classes = object({ rwo = string })
  })
  nullable = false
}

variable "database" {
  description = "Database that is made at the first start; its owner has the same name."
  type        = string
  default     = "gridata"
  nullable    = false
}

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "existing_secret" {
  description = "Secret of type kubernetes.io/basic-auth with the keys username (the database's name) and password. It must be there first."
  type        = string
  default     = "postgres"
  nullable    = false
}

variable "major" {
  description = "Major version of PostgreSQL."
  type        = string
  default     = "15"
  nullable    = false

  validation {
    condition     = can(regex("^1[5-9]$", var.major))
    error_message = "major: got ${var.major}, allowed 15 to 19."
  }
}

variable "name" {
  description = "Name of the release and of its Service."
  type        = string
  default     = "postgres"
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  default     = "gridata"
  nullable    = false
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
