mock_provider "helm" {}

mock_provider "kubernetes" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "runs_our_image_everywhere_and_names_secrets" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).images.airflow.repository == "mirror.example/gridata/airflow"
    error_message = "image: got another registry than the mirror."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).images.statsd.repository == "mirror.example/prometheus/statsd-exporter"
    error_message = "image: the exporter's comes from the mirror, too."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).data.metadataSecretName == "airflow-metadata" && yamldecode(element(output.values, length(output.values) - 1)).fernetKeySecretName == "airflow-keys"
    error_message = "secrets: they are named."
  }

  assert {
    condition     = alltrue([for part in ["apiServer", "dagProcessor", "scheduler", "triggerer"] : yamldecode(element(output.values, length(output.values) - 1))[part].extraInitContainers[0].image == "mirror.example/gridata/airflow:dev"])
    error_message = "migrations: every part waits for them, by the same image."
  }

  assert {
    condition     = one([for volume in yamldecode(element(output.values, length(output.values) - 1)).volumes : volume.configMap.name if volume.name == "job-templates"]) == "gridata-job-templates"
    error_message = "volumes: the job templates are mounted."
  }
}

run "takes_a_digest_before_a_tag" {
  command = plan

  variables {
    image = { digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  assert {
    condition     = endswith(yamldecode(element(output.values, length(output.values) - 1)).scheduler.extraInitContainers[0].image, "@sha256:${join("", [for _ in range(64) : "a"])}")
    error_message = "image: the digest wins."
  }
}

run "lets_the_sweep_reach_the_api_only" {
  command = plan

  assert {
    condition     = tolist(kubernetes_network_policy_v1.api_server.spec[0].ingress)[1].ports[0].port == "8080"
    error_message = "policy: another namespace reaches the API and nothing else."
  }
}

run "lets_prometheus_reach_the_numbers_only" {
  command = plan

  variables {
    scraper_namespaces = ["gridata"]
  }

  assert {
    condition     = tolist(kubernetes_network_policy_v1.api_server.spec[0].ingress)[2].ports[0].port == "9102"
    error_message = "policy: Prometheus reaches the exporter and nothing else."
  }
}

run "lets_nobody_else_in_without_prometheus" {
  command = plan

  assert {
    condition     = length(kubernetes_network_policy_v1.api_server.spec[0].ingress) == 2
    error_message = "policy: a rule without a peer lets everybody in."
  }
}

run "refuses_an_installation_that_is_no_label" {
  command = plan

  variables {
    installation = "Grid Data"
  }

  expect_failures = [var.installation]
}

run "refuses_a_digest_that_is_none" {
  command = plan

  variables {
    image = { digest = "sha256:1" }
  }

  expect_failures = [var.image]
}

run "imports_pools_before_it_reads_dags_and_anew_when_they_change" {
  command = plan

  variables {
    pools_revision = "abc"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).dagProcessor.extraInitContainers[1].command == ["airflow", "pools", "import", "/etc/gridata/jobs/pools.json"]
    error_message = "import-pools: the DAG processor imports the pools of the job templates' ConfigMap, after the migrations."
  }

  assert {
    condition     = contains(yamldecode(element(output.values, length(output.values) - 1)).env, { name = "GRIDATA_POOLS", value = "/etc/gridata/jobs/pools.json" })
    error_message = "GRIDATA_POOLS: DAGs name the pools that are imported."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).dagProcessor.podAnnotations["gridata.io/pools"] == "abc"
    error_message = "podAnnotations: other pools make another pod."
  }
}
