mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment     = "local"
  database        = { host = "postgres.example" }
  kafka_bootstrap = "kafka-0.example:9092,kafka-1.example:9092"
  opensearch      = { host = "search.example" }
}

run "names_secrets_and_asks_for_tls" {
  command = plan

  assert {
    condition     = strcontains(yamldecode(element(output.values, length(output.values) - 1)).global.sql.datasource.url, "sslmode=verify-full")
    error_message = "url: the database is reached over TLS unless told otherwise."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).global.sql.datasource.password.secretRef == "datahub-database"
    error_message = "password: it is in a Secret."
  }

  assert {
    condition     = !can(yamldecode(element(output.values, length(output.values) - 1)).global.elasticsearch.auth)
    error_message = "opensearch: no login where no Secret is named."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).datahub-frontend.extraVolumeMounts[0].mountPath == "/datahub-frontend/conf/user.props"
    error_message = "users: the image's own have a well-known password."
  }
}

run "logs_in_to_opensearch_through_the_mirror" {
  command = plan

  variables {
    opensearch      = { host = "search.example", secret = "search" }
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).global.elasticsearch.auth.password.secretRef == "search"
    error_message = "opensearch: its password is in a Secret."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).global.imageRegistry == "mirror.example"
    error_message = "imageRegistry: got another than the mirror."
  }
}

run "refuses_a_database_by_address" {
  command = plan

  variables {
    database = { host = "jdbc:postgresql://postgres.example" }
  }

  expect_failures = [var.database]
}

run "refuses_kafka_without_a_port" {
  command = plan

  variables {
    kafka_bootstrap = "kafka.example"
  }

  expect_failures = [var.kafka_bootstrap]
}

run "refuses_opensearch_by_address" {
  command = plan

  variables {
    opensearch = { host = "https://search.example" }
  }

  expect_failures = [var.opensearch]
}
