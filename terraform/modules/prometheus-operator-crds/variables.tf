variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  default     = "monitoring"
  nullable    = false
}
