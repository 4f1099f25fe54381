variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "client_namespaces" {
  description = "Namespaces whose pods may reach the API: the sweep's."
  type        = set(string)
  default     = ["gridata"]
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

variable "image" {
  description = "Image that airflow/Dockerfile builds; a digest wins over the tag."
  type = object({
    digest     = optional(string)
    repository = optional(string, "gridata/airflow")
    tag        = optional(string, "dev")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image.digest))
    error_message = "image.digest: got ${coalesce(var.image.digest, "null")}, allowed sha256:<64 hexadecimal digits> or null."
  }
}

variable "installation" {
  description = "Tells the jobs of this Airflow from those of another one that starts jobs in the same namespaces."
  type        = string
  default     = "gridata"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.installation))
    error_message = "installation: got ${var.installation}, allowed 1 to 63 lower-case letters, digits and inner hyphens: it is a label."
  }
}

variable "job_templates" {
  description = "ConfigMap in this namespace with what jobs are made from: the gridata chart makes it."
  type        = string
  default     = "gridata-job-templates"
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the release. It must be there first."
  type        = string
  default     = "airflow"
  nullable    = false
}

variable "pools_revision" {
  description = "Changes with the pools in the job templates' ConfigMap: the DAG processor, which imports them before it reads DAGs, starts anew."
  type        = string
  default     = ""
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

variable "scraper_namespaces" {
  description = "Namespaces whose pods may ask for Airflow's numbers: Prometheus's."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "secrets" {
  description = "Secrets that must be there first: `keys` (fernet-key, api-secret-key, jwt-secret), `metadata` (connection), `users` (passwords.json: a password by user)."
  type = object({
    keys     = optional(string, "airflow-keys")
    metadata = optional(string, "airflow-metadata")
    users    = optional(string, "airflow-users")
  })
  default  = {}
  nullable = false
}
