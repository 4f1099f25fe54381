mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "comes_from_its_own_registry_and_makes_its_own_certificate" {
  command = plan

  assert {
    condition     = !can(yamldecode(element(output.values, length(output.values) - 1)).image.registry) && !yamldecode(element(output.values, length(output.values) - 1)).certManager.enable
    error_message = "values: got another registry, or cert-manager that is not there."
  }
}

run "goes_through_the_mirror_hook_included" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).image.registry == "mirror.example" && yamldecode(element(output.values, length(output.values) - 1)).hook.image.registry == "mirror.example"
    error_message = "image: one of the two images is not from the mirror."
  }
}
