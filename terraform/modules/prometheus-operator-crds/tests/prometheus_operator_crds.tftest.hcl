mock_provider "helm" {}

variables {
  environment = "local"
}

run "brings_definitions_only" {
  command = plan

  assert {
    condition     = output.release == "prometheus-operator-crds"
    error_message = "release: got ${output.release}."
  }
}
