mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "hands_on_mirror_and_storage" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).registryMirror == "mirror.example" && yamldecode(element(output.values, length(output.values) - 1)).prometheus.persistence.storageClass == "fast"
    error_message = "values: mirror or storage class is not handed on."
  }
}

run "scrapes_what_it_is_told" {
  command = plan

  variables {
    scrapes = { minio = { labels = { "app.kubernetes.io/name" = "minio" }, path = "/minio/metrics/v3", port = "s3" } }
  }

  assert {
    condition     = keys(yamldecode(element(output.values, length(output.values) - 1)).scrapes.minio) == ["labels", "path", "port"]
    error_message = "scrapes: they are handed on, and nothing that nobody said."
  }
}
