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

variable "context" {
  description = "Context of the kubeconfig, such as kind-gridata or minikube. Named always: the current one is whatever somebody used last."
  type        = string
  nullable    = false
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
}

variable "credentials_revision" {
  description = "Counts changes of `credentials`: a Secret is written anew only when it rises. 0: somebody else makes the Secrets."
  type        = number
  default     = 1
  nullable    = false
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

variable "kubeconfig_path" {
  description = "Kubeconfig file. Only its path reaches the state."
  type        = string
  default     = "~/.kube/config"
  nullable    = false
}

variable "monitoring" {
  description = "Who scrapes and tells: `full` is Prometheus's operator with Grafana, `small` one Prometheus and one Alertmanager, `none` leaves rules and dashboards as ConfigMaps. Besides the Secret with Alertmanager's addresses, and the sizes of the full stack's volumes."
  type = object({
    alertmanager_secret = optional(string)
    stack               = optional(string, "small")
    storage = optional(object({
      alertmanager = optional(string, "1Gi")
      prometheus   = optional(string, "5Gi")
    }), {})
  })
  default  = {}
  nullable = false
}

variable "postgres" {
  description = "Where catalog, ledger and Airflow keep their tables. `single`: two servers of our chart, for small environments; `cnpg`: two of CloudNativePG with its operator; `external`: the three addresses in `credentials`, or in Secrets that are there."
  type = object({
    backend = optional(string, "single")
    uid     = optional(number, 999)
  })
  default  = {}
  nullable = false
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

variable "storage_class" {
  description = "Storage class of the volumes: `standard` with kind and minikube, `local-path` with k3d."
  type        = string
  default     = "standard"
  nullable    = false
}

variable "vault" {
  description = "Vault. It starts sealed and empty, and nothing sets it up for jobs yet."
  type = object({
    enabled = optional(bool, false)
  })
  default  = {}
  nullable = false
}
