variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "client_namespaces" {
  description = "Namespaces whose pods may reach it; the release's own may always. A cluster's network plugin may ignore policies."
  type        = set(string)
  default     = []
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
  description = "Secret with the key password. It must be there first."
  type        = string
  default     = "postgres"
  nullable    = false
}

variable "image" {
  description = "Image that keeps the official one's contract; a digest wins over the tag."
  type = object({
    digest     = optional(string)
    repository = optional(string, "postgres")
    tag        = optional(string, "15")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image.digest))
    error_message = "image.digest: got ${coalesce(var.image.digest, "null")}, allowed sha256:<64 hexadecimal digits> or null."
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

variable "uid" {
  description = "User id of the server in the image: the official image's Debian variant has 999."
  type        = number
  default     = 999
  nullable    = false

  validation {
    condition     = var.uid > 0
    error_message = "uid: got ${var.uid}, allowed anything but root."
  }
}
