mock_provider "helm" {}

variables {
  environment = "local"
  airflow = {
    login_secret     = "airflow-login"
    namespace        = "airflow"
    service_accounts = ["airflow-triggerer", "airflow-scheduler"]
    url              = "http://airflow-api-server.airflow.svc:8080"
  }
}

run "lets_airflows_accounts_start_jobs_and_keeps_templates_where_airflow_is" {
  command = plan

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).jobs.launchers[*].name == ["airflow-scheduler", "airflow-triggerer"]
    error_message = "launchers: both accounts start jobs."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).jobs.templatesNamespace == "airflow"
    error_message = "templatesNamespace: Airflow mounts the ConfigMap."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).settings.datahubUrl == "" && yamldecode(element(output.values, length(output.values) - 1)).settings.s3Endpoint == ""
    error_message = "settings: what is null is empty."
  }

  assert {
    condition     = output.job_templates == "gridata-job-templates"
    error_message = "job_templates: got ${output.job_templates}, allowed the name that the chart gives."
  }
}

run "hands_on_addresses_and_the_operator" {
  command = plan

  variables {
    datahub_url = "http://datahub:8080"
    monitoring = {
      components    = { minio = true }
      operator      = true
      scrapers_from = ["monitoring"]
      scrapes       = { minio = { labels = { "app.kubernetes.io/name" = "minio" }, port = "s3" } }
    }
    store = { endpoint = "http://minio:9000" }
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).settings.s3Endpoint == "http://minio:9000" && yamldecode(element(output.values, length(output.values) - 1)).settings.datahubUrl == "http://datahub:8080"
    error_message = "settings: addresses are handed on."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).monitoring.operator && yamldecode(element(output.values, length(output.values) - 1)).networkPolicy.scrapersFrom == ["monitoring"]
    error_message = "monitoring: the operator scrapes from its namespace."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).monitoring.components == { minio = true } && keys(yamldecode(element(output.values, length(output.values) - 1)).monitoring.scrapes.minio) == ["labels", "port"]
    error_message = "monitoring: what is there is handed on, and nothing that nobody said."
  }
}

run "refuses_a_store_on_a_disk" {
  command = plan

  variables {
    store = { landing = "file:///landing" }
  }

  expect_failures = [var.store]
}

run "refuses_a_digest_that_is_none" {
  command = plan

  variables {
    jobs_image = { digest = "sha256:1" }
  }

  expect_failures = [var.jobs_image]
}

run "refuses_a_digest_of_the_other_image_that_is_none" {
  command = plan

  variables {
    control_image = { digest = "sha256:1" }
  }

  expect_failures = [var.control_image]
}

run "leads_to_the_history_server_below_its_host" {
  command = plan

  variables {
    spark_history = { from_namespaces = ["ingress"], host = "gridata.example", tls_secret = "tls" }
  }

  assert {
    condition     = output.spark_history_url == "https://gridata.example/spark-history"
    error_message = "spark_history_url: got ${coalesce(output.spark_history_url, "null")}, allowed the host's path."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).sparkHistory.url == output.spark_history_url
    error_message = "url: jobs name their page at that address."
  }
}

run "makes_no_ingress_without_a_host" {
  command = plan

  assert {
    condition     = output.spark_history_url == null && !yamldecode(element(output.values, length(output.values) - 1)).sparkHistory.ingress.enabled
    error_message = "ingress: there is none without a host."
  }
}

run "refuses_a_host_that_nobody_may_reach" {
  command = plan

  variables {
    spark_history = { host = "gridata.example" }
  }

  expect_failures = [var.spark_history]
}
