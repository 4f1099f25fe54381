variable "airflow" {
  description = "Airflow as the sweep reaches it, the Secret with its login, its namespace and the service accounts that start jobs."
  type = object({
    login_secret     = string
    namespace        = string
    service_accounts = set(string)
    url              = string
  })
  nullable = false
}

variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "control_image" {
  description = "Image that packages/gridata-control/Dockerfile builds; a digest wins over the tag."
  type = object({
    digest     = optional(string)
    repository = optional(string, "gridata/control")
    tag        = optional(string, "dev")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.control_image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.control_image.digest))
    error_message = "control_image.digest: got ${coalesce(var.control_image.digest, "null")}, allowed sha256:<64 hexadecimal digits> or null."
  }
}

variable "credentials_secret" {
  description = "Secret with GRIDATA_CATALOG_URI, GRIDATA_LEDGER_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in this namespace and in each of jobs."
  type        = string
  default     = "gridata"
  nullable    = false
}

variable "datahub_url" {
  description = "Metadata service that jobs and the sweep tell of their runs; null: none."
  type        = string
  default     = null
}

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "jobs_image" {
  description = "Image that spark-jobs/Dockerfile builds; a digest wins over the tag."
  type = object({
    digest     = optional(string)
    repository = optional(string, "gridata/spark-jobs")
    tag        = optional(string, "dev")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.jobs_image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.jobs_image.digest))
    error_message = "jobs_image.digest: got ${coalesce(var.jobs_image.digest, "null")}, allowed sha256:<64 hexadecimal digits> or null."
  }
}

variable "monitoring" {
  description = "Parts with alerts and what is scraped of them, as the chart takes both; whether Prometheus's operator is there, and the namespaces that scrape the sweep."
  type = object({
    components    = optional(map(bool), {})
    operator      = optional(bool, false)
    scrapers_from = optional(set(string), [])
    scrapes = optional(map(object({
      caSecret   = optional(string)
      labels     = map(string)
      namespace  = optional(string)
      params     = optional(map(string))
      path       = optional(string)
      port       = string
      scheme     = optional(string)
      serverName = optional(string)
    })), {})
  })
  default  = {}
  nullable = false
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

variable "spark_history" {
  description = "The history server of Spark's jobs: days that event logs are kept, and the host below which `/spark-history` leads to it through an Ingress (null: none; class, the Secret with its certificate, annotations in place of ingress-nginx's, and the controller's namespaces, which alone may reach it)."
  type = object({
    annotations     = optional(map(string))
    class           = optional(string)
    enabled         = optional(bool, true)
    from_namespaces = optional(set(string), [])
    host            = optional(string)
    kept_days       = optional(number, 14)
    tls_secret      = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.spark_history.host == null || length(var.spark_history.from_namespaces) > 0
    error_message = "spark_history.from_namespaces: got none with the host ${coalesce(var.spark_history.host, "null")}, allowed the namespaces of the ingress controller: nobody else may reach the server."
  }
}

variable "store" {
  description = "Where files land, where tables lie, and the address of an S3 other than AWS (null: AWS)."
  type = object({
    endpoint  = optional(string)
    landing   = optional(string, "s3://landing")
    warehouse = optional(string, "s3://warehouse")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for uri in [var.store.landing, var.store.warehouse] : startswith(uri, "s3://")])
    error_message = "store: got ${var.store.landing} and ${var.store.warehouse}, allowed s3:// addresses: pods share no disk."
  }
}
