mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "goes_through_the_mirror" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).image.repository == "mirror.example/cloudnative-pg/cloudnative-pg"
    error_message = "image: got another registry than the mirror."
  }
}
