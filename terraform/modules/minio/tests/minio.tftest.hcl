mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "gives_names_and_no_password" {
  command = plan

  variables {
    client_namespaces = ["gridata-b", "gridata-a"]
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).existingSecret == "minio-root" && yamldecode(element(output.values, length(output.values) - 1)).persistence.storageClass == "fast"
    error_message = "values: the Secret is named, and volumes are of the cluster's class."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).networkPolicy.fromNamespaces == ["gridata-a", "gridata-b"]
    error_message = "networkPolicy: only the namespaces of jobs come in."
  }

  assert {
    condition     = output.endpoint == "http://minio.gridata.svc:9000"
    error_message = "endpoint: got ${output.endpoint}, allowed the Service."
  }
}

run "goes_through_the_mirror" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).registryMirror == "mirror.example"
    error_message = "registryMirror: the mirror is handed on."
  }
}

run "refuses_a_digest_that_is_none" {
  command = plan

  variables {
    image = { digest = "latest" }
  }

  expect_failures = [var.image]
}

run "refuses_a_mirror_with_a_scheme" {
  command = plan

  variables {
    registry_mirror = "https://mirror.example"
  }

  expect_failures = [var.registry_mirror]
}
