mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "leaves_the_registry_to_the_chart" {
  command = plan

  assert {
    condition     = !can(yamldecode(element(output.values, length(output.values) - 1)).imageRegistry)
    error_message = "imageRegistry: the chart knows its own."
  }
}

run "goes_through_the_mirror" {
  command = plan

  variables {
    registry_mirror = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).imageRegistry == "mirror.example"
    error_message = "imageRegistry: got another than the mirror."
  }
}
