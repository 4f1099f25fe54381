mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "makes_a_database_whose_password_is_in_a_secret" {
  command = plan

  variables {
    database        = "airflow"
    existing_secret = "airflow-postgres"
    name            = "airflow-postgres"
    namespace       = "airflow"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).cluster.initdb.secret.name == "airflow-postgres" && yamldecode(element(output.values, length(output.values) - 1)).cluster.initdb.owner == "airflow"
    error_message = "initdb: the owner has the database's name and its password from the Secret."
  }

  assert {
    condition     = output.host == "airflow-postgres-rw.airflow.svc"
    error_message = "host: got ${output.host}, allowed the Service of the server that takes writes."
  }

  assert {
    condition     = !can(yamldecode(element(output.values, length(output.values) - 1)).cluster.imageName)
    error_message = "imageName: the operator knows its own images."
  }
}

run "goes_through_the_mirror" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).cluster.imageName == "mirror.example/cloudnative-pg/postgresql:15"
    error_message = "imageName: got another registry than the mirror."
  }
}

run "refuses_a_version_nobody_tried" {
  command = plan

  variables {
    major = "9.6"
  }

  expect_failures = [var.major]
}
