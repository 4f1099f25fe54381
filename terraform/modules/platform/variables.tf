variable "cert_manager" {
  description = "cert-manager, which makes the certificate of the Spark operator's webhook; without it the operator makes its own."
  type = object({
    enabled = optional(bool, false)
  })
  default  = {}
  nullable = false
}

variable "chart_mirror" {
  description = "Where others' charts are taken from instead of their own repositories, such as `oci://mirror.example/charts`; empty: from theirs."
  type        = string
  default     = ""
  nullable    = false
}

variable "cluster" {
  description = "The object that every cluster module gives."
  type = object({
    access = string
    auth = object({
      exec       = optional(object({ api_version = string, args = list(string), command = string }))
      kubeconfig = optional(object({ context = string, path = string }))
    })
    ca                = optional(string)
    host              = optional(string)
    kms_key_id        = optional(string)
    name              = string
    node_selectors    = object({ spark_driver = map(string), spark_executor = map(string), system = map(string) })
    oidc_issuer       = optional(string)
    provider          = string
    storage_classes   = object({ rwo = string, rwx = optional(string) })
    workload_identity = object({ annotations = map(string), labels = map(string) })
  })
  nullable = false
}

variable "credentials" {
  description = "Passwords and keys for the Secrets of the platform; none with `credentials_revision = 0`. Airflow's Fernet key is 32 bytes in URL-safe base64. The three addresses are for `postgres.backend = \"external\"` only."
  type = object({
    airflow_api_key           = optional(string)
    airflow_fernet_key        = optional(string)
    airflow_jwt_key           = optional(string)
    airflow_password          = optional(string)
    airflow_postgres_password = optional(string)
    airflow_uri               = optional(string)
    catalog_uri               = optional(string)
    datahub_database_password = optional(string)
    datahub_encryption_key    = optional(string)
    datahub_frontend_secret   = optional(string)
    datahub_password          = optional(string)
    datahub_system_secret     = optional(string)
    datahub_token_key         = optional(string)
    datahub_token_salt        = optional(string)
    grafana_password          = optional(string)
    ledger_url                = optional(string)
    minio_password            = optional(string)
    postgres_password         = optional(string)
  })
  default   = {}
  ephemeral = true
  nullable  = false
  sensitive = true

  validation {
    condition = var.credentials_revision == 0 || alltrue([
      for name in local._required_credentials : try(length(var.credentials[name]) >= 16, false)
    ])
    error_message = "credentials: got one that is missing or shorter than 16 characters, allowed all of ${join(", ", local._required_credentials)}. Set them, or credentials_revision = 0."
  }
}

variable "credentials_revision" {
  description = "Counts changes of `credentials`: a Secret is written anew only when it rises. 0: somebody else makes the Secrets."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.credentials_revision >= 0 && floor(var.credentials_revision) == var.credentials_revision
    error_message = "credentials_revision: got ${var.credentials_revision}, allowed 0, 1, 2 and so on."
  }
}

variable "datahub" {
  description = "DataHub, and the servers that it needs: they must be there first."
  type = object({
    database = optional(object({
      host   = string
      name   = optional(string, "datahub")
      port   = optional(number, 5432)
      secret = optional(string, "datahub-database")
      tls    = optional(bool, true)
      user   = optional(string, "datahub")
    }))
    enabled         = optional(bool, false)
    kafka_bootstrap = optional(string)
    opensearch = optional(object({
      host   = string
      port   = optional(number, 9200)
      secret = optional(string)
      tls    = optional(bool, true)
      user   = optional(string, "datahub")
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.datahub.enabled || (var.datahub.database != null && var.datahub.kafka_bootstrap != null && var.datahub.opensearch != null)
    error_message = "datahub: got enabled without all of database, kafka_bootstrap and opensearch, allowed only with them. Install those servers first."
  }
}

variable "environment" {
  description = "Folder of helm/values with this environment's values."
  type        = string
  nullable    = false
}

variable "images" {
  description = "Our images and PostgreSQL's: repository, tag, and a digest that wins over the tag. What is left out is the module's default."
  type = object({
    airflow  = optional(object({ digest = optional(string), repository = optional(string, "gridata/airflow"), tag = optional(string, "dev") }), {})
    control  = optional(object({ digest = optional(string), repository = optional(string, "gridata/control"), tag = optional(string, "dev") }), {})
    jobs     = optional(object({ digest = optional(string), repository = optional(string, "gridata/spark-jobs"), tag = optional(string, "dev") }), {})
    minio    = optional(object({ digest = optional(string), repository = optional(string, "gridata/minio"), tag = optional(string, "20260212") }), {})
    postgres = optional(object({ digest = optional(string), repository = optional(string, "postgres"), tag = optional(string, "15") }), {})
  })
  default  = {}
  nullable = false
}

variable "monitoring" {
  description = "Who scrapes and tells: `full` is Prometheus's operator with Grafana, `small` one Prometheus and one Alertmanager, `none` leaves rules and dashboards as ConfigMaps. Besides the Secret with Alertmanager's addresses, and the sizes of the full stack's volumes."
  type = object({
    alertmanager_secret = optional(string)
    stack               = optional(string, "full")
    storage = optional(object({
      alertmanager = optional(string, "1Gi")
      prometheus   = optional(string, "5Gi")
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["full", "none", "small"], var.monitoring.stack)
    error_message = "monitoring.stack: got ${var.monitoring.stack}, allowed full, none or small."
  }
}

variable "name" {
  description = "Name of this installation: a label of its jobs."
  type        = string
  default     = "gridata"
  nullable    = false
}

variable "namespaces" {
  description = "Names of the namespaces. Those of jobs are the gridata chart's."
  type = object({
    airflow        = optional(string, "airflow")
    cert_manager   = optional(string, "cert-manager")
    cloudnative_pg = optional(string, "cloudnative-pg")
    datahub        = optional(string, "datahub")
    gridata        = optional(string, "gridata")
    monitoring     = optional(string, "monitoring")
    spark_operator = optional(string, "spark-operator")
    vault          = optional(string, "vault")
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(distinct(values(var.namespaces))) == length(var.namespaces)
    error_message = "namespaces: got ${join(", ", sort(values(var.namespaces)))}, allowed a name once: each has a standard of pod security of its own."
  }
}

variable "postgres" {
  description = "Where catalog, ledger and Airflow keep their tables. `single`: two servers of our chart, for small environments; `cnpg`: two of CloudNativePG with its operator; `external`: the three addresses in `credentials`, or in Secrets that are there."
  type = object({
    backend = optional(string, "single")
    uid     = optional(number, 999)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["cnpg", "external", "single"], var.postgres.backend)
    error_message = "postgres.backend: got ${var.postgres.backend}, allowed cnpg, external or single."
  }
}

variable "registry_mirror" {
  description = "Put in the place of every image's registry, such as `mirror.example/docker`; empty: images come from their own."
  type        = string
  default     = ""
  nullable    = false
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
}

variable "spark_operator" {
  description = "Kubeflow's Spark operator. Without it there is only DuckDB's lane: a batch for Spark's fails at once."
  type = object({
    enabled = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "vault" {
  description = "Vault. It starts sealed and empty, and nothing sets it up for jobs yet."
  type = object({
    enabled = optional(bool, false)
  })
  default  = {}
  nullable = false
}
