mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "does_not_wait_for_a_server_that_nobody_initialised" {
  command = plan

  assert {
    condition     = module.release.wait == false
    error_message = "wait: a sealed server is never ready."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).server.image.repository == "hashicorp/vault"
    error_message = "image: its own registry unless a mirror is named."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).server.dataStorage.storageClass == "fast"
    error_message = "storage: volumes are of the cluster's class."
  }
}

run "goes_through_the_mirror" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).server.image.repository == "mirror.example/hashicorp/vault"
    error_message = "image: got another registry than the mirror."
  }
}
