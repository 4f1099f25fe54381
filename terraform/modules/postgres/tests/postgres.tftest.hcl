mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "makes_a_database_and_its_owner_of_one_name" {
  command = plan

  variables {
    database  = "airflow"
    name      = "airflow-postgres"
    namespace = "airflow"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).database == "airflow" && yamldecode(element(output.values, length(output.values) - 1)).user == "airflow"
    error_message = "database: its owner has its name."
  }

  assert {
    condition     = output.host == "airflow-postgres.airflow.svc"
    error_message = "host: got ${output.host}, allowed the Service of the release."
  }
}

run "refuses_to_run_as_root" {
  command = plan

  variables {
    uid = 0
  }

  expect_failures = [var.uid]
}
