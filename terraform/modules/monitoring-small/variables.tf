variable "alertmanager_secret" {
  description = "Secret whose keys the environment's values name for Slack, PagerDuty and mail; null: none is needed."
  type        = string
  default     = null
}

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

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release: that of the gridata chart, whose rules it reads."
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

variable "scrapes" {
  description = "What is scraped besides the sweep, by job, as the chart takes it."
  type = map(object({
    caSecret   = optional(string)
    labels     = map(string)
    namespace  = optional(string)
    params     = optional(map(string))
    path       = optional(string)
    port       = string
    scheme     = optional(string)
    serverName = optional(string)
  }))
  default  = {}
  nullable = false
}
