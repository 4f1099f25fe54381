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
