mock_provider "helm" {}

mock_provider "kubernetes" {}

variables {
  cluster = {
    access            = "public"
    auth              = { kubeconfig = { context = "kind-gridata", path = "/home/me/.kube/config" } }
    name              = "local"
    node_selectors    = { spark_driver = {}, spark_executor = {}, system = {} }
    provider          = "existing"
    storage_classes   = { rwo = "standard" }
    workload_identity = { annotations = {}, labels = {} }
  }
  credentials = {
    airflow_api_key           = "not-a-secret-but-1"
    airflow_fernet_key        = "not-a-secret-but-2"
    airflow_jwt_key           = "not-a-secret-but-3"
    airflow_password          = "not-a-secret-but-4"
    airflow_postgres_password = "not-a-secret-but-5"
    grafana_password          = "not-a-secret-but-6"
    minio_password            = "not-a-secret-but-7"
    postgres_password         = "not-a-secret-but-8"
  }
  environment = "local"
}

run "installs_the_smallest_platform_that_is_whole" {
  command = plan

  assert {
    condition     = length(module.vault) == 0 && length(module.datahub) == 0 && length(module.cert_manager) == 0
    error_message = "parts: what is optional is asked for."
  }

  assert {
    condition     = length(module.postgres) == 2
    error_message = "postgres: one server of jobs and one of Airflow."
  }

  assert {
    condition     = output.job_namespaces == toset(["gridata-ecommerce", "gridata-platform"])
    error_message = "job_namespaces: got ${join(", ", output.job_namespaces)}, allowed those of the chart and of the environment."
  }

  assert {
    condition     = alltrue([for name in ["airflow", "gridata", "monitoring", "spark-operator"] : output.namespaces[name] == "restricted"])
    error_message = "namespaces: our pods meet the strictest standard."
  }
}

run "keeps_no_secret_in_the_plan" {
  command = plan

  variables {
    credentials_revision = 2
  }

  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.this : secret.data_wo == null && secret.data_wo_revision == 2])
    error_message = "secrets: what is written only is in no plan, and a higher revision writes it anew."
  }

  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.jobs : secret.data_wo_revision == 2])
    error_message = "secrets: a higher revision writes all anew."
  }

  assert {
    condition     = length(kubernetes_secret_v1.jobs) == 2
    error_message = "secrets: every namespace of jobs has one."
  }
}

run "leaves_secrets_to_others" {
  command = plan

  variables {
    credentials          = {}
    credentials_revision = 0
  }

  assert {
    condition     = length(kubernetes_secret_v1.this) == 0 && length(kubernetes_secret_v1.jobs) == 0
    error_message = "secrets: with revision 0 nobody makes them here."
  }
}

run "uses_databases_that_are_there" {
  command = plan

  variables {
    credentials = {
      airflow_api_key    = "not-a-secret-but-1"
      airflow_fernet_key = "not-a-secret-but-2"
      airflow_jwt_key    = "not-a-secret-but-3"
      airflow_password   = "not-a-secret-but-4"
      airflow_uri        = "postgresql+psycopg2://airflow@db/airflow"
      catalog_uri        = "postgresql+psycopg2://gridata@db/gridata"
      grafana_password   = "not-a-secret-but-6"
      ledger_url         = "postgresql+psycopg2://gridata@db/gridata"
      minio_password     = "not-a-secret-but-7"
    }
    postgres = { backend = "external" }
  }

  assert {
    condition     = length(module.postgres) == 0
    error_message = "postgres: external means no server of ours."
  }

  assert {
    condition     = !contains(keys(kubernetes_secret_v1.this), "postgres")
    error_message = "secrets: no server, no password."
  }
}

run "installs_everything" {
  command = plan

  variables {
    cert_manager = { enabled = true }
    credentials = {
      airflow_api_key           = "not-a-secret-but-1"
      airflow_fernet_key        = "not-a-secret-but-2"
      airflow_jwt_key           = "not-a-secret-but-3"
      airflow_password          = "not-a-secret-but-4"
      airflow_postgres_password = "not-a-secret-but-5"
      datahub_database_password = "not-a-secret-but-9"
      datahub_encryption_key    = "not-a-secret-but-a"
      datahub_frontend_secret   = "not-a-secret-but-b"
      datahub_password          = "not-a-secret-but-c"
      datahub_system_secret     = "not-a-secret-but-d"
      datahub_token_key         = "not-a-secret-but-e"
      datahub_token_salt        = "not-a-secret-but-f"
      grafana_password          = "not-a-secret-but-6"
      minio_password            = "not-a-secret-but-7"
      postgres_password         = "not-a-secret-but-8"
    }
    datahub = {
      database        = { host = "postgres.example" }
      enabled         = true
      kafka_bootstrap = "kafka.example:9092"
      opensearch      = { host = "search.example" }
    }
    vault = { enabled = true }
  }

  assert {
    condition     = length(module.vault) == 1 && length(module.datahub) == 1 && length(module.cert_manager) == 1 && length(module.monitoring) == 1
    error_message = "parts: all were asked for."
  }

  assert {
    condition     = contains(keys(kubernetes_secret_v1.this), "datahub-users")
    error_message = "secrets: DataHub's are made with the others."
  }
}

run "watches_with_one_small_prometheus" {
  command = plan

  variables {
    monitoring = { stack = "small" }
  }

  assert {
    condition     = length(module.monitoring) == 0 && length(module.monitoring_small) == 1 && length(module.prometheus_operator_crds) == 0
    error_message = "monitoring: the small stack has no operator."
  }
}

run "has_databases_by_an_operator" {
  command = plan

  variables {
    postgres = { backend = "cnpg" }
  }

  assert {
    condition     = length(module.postgres) == 0 && length(module.postgres_cluster) == 2 && length(module.cloudnative_pg) == 1
    error_message = "postgres: the operator and two of its servers, and none of our chart."
  }

  assert {
    condition     = kubernetes_secret_v1.this["postgres"].type == "kubernetes.io/basic-auth"
    error_message = "secrets: the operator takes a login of this type only."
  }
}

run "does_without_spark" {
  command = plan

  variables {
    spark_operator = { enabled = false }
  }

  assert {
    condition     = length(module.spark_operator) == 0 && !contains(keys(output.namespaces), "spark-operator")
    error_message = "spark_operator: it was not asked for."
  }
}

run "refuses_datahub_without_its_servers" {
  command = plan

  variables {
    datahub = { enabled = true }
  }

  expect_failures = [var.datahub]
}

run "refuses_a_database_nobody_wrote" {
  command = plan

  variables {
    postgres = { backend = "mysql" }
  }

  expect_failures = [var.postgres]
}

run "refuses_a_stack_nobody_wrote" {
  command = plan

  variables {
    monitoring = { stack = "big" }
  }

  expect_failures = [var.monitoring]
}

run "refuses_two_standards_for_one_namespace" {
  command = plan

  variables {
    namespaces = { airflow = "gridata" }
  }

  expect_failures = [var.namespaces]
}

run "refuses_half_a_revision" {
  command = plan

  variables {
    credentials_revision = 1.5
  }

  expect_failures = [var.credentials_revision]
}

run "refuses_a_platform_without_credentials" {
  command = plan

  variables {
    credentials = {}
  }

  expect_failures = [var.credentials]
}
