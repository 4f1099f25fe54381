variable "chart" {
  description = "Name of a chart: a folder of helm/charts, or an entry of `charts` in helm/versions.yaml."
  type        = string
  nullable    = false
}

variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories, such as `oci://mirror.example/charts`; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.chart_mirror == "" || can(regex("^(https?|oci)://[^/]", var.chart_mirror))
    error_message = "chart_mirror: got ${var.chart_mirror}, allowed an oci://, https:// or http:// address, or nothing."
  }
}

variable "environment" {
  description = "Folder of helm/values whose file for this chart is laid over the chart's own values."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the release, by which its objects are called."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  nullable    = false
}

variable "timeout_s" {
  description = "Seconds within which everything must be ready."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.timeout_s >= 60
    error_message = "timeout_s: got ${var.timeout_s}, allowed 60 and more: images have to be pulled."
  }
}

variable "values" {
  description = "YAML documents laid over the environment's, the last one last. Nothing secret: they are in the state."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "wait" {
  description = "Whether the release is done only when all of its objects are ready."
  type        = bool
  default     = true
  nullable    = false
}

variable "wait_for_jobs" {
  description = "Whether the release is done only when its jobs have ended, too. A job that tidies itself away fails the wait."
  type        = bool
  default     = false
  nullable    = false
}
