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

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  default     = "cloudnative-pg"
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
