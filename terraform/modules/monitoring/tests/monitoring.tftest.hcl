mock_provider "helm" {}

variables {
  cluster = {
    node_selectors  = { system = { pool = "system" } }
    storage_classes = { rwo = "fast" }
  }
  environment = "local"
}

run "names_grafanas_secret_and_the_clusters_storage" {
  command = plan

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).grafana.admin.existingSecret == "grafana-admin"
    error_message = "grafana: its login is in a Secret."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.storageClassName == "fast"
    error_message = "storage: volumes are of the cluster's class."
  }

  assert {
    condition     = !can(yamldecode(element(output.values, length(output.values) - 1)).alertmanager.alertmanagerSpec.useExistingSecret)
    error_message = "alertmanager: without a Secret the chart's own configuration stays."
  }
}

run "takes_alertmanagers_routes_from_a_secret_through_the_mirror" {
  command = plan

  variables {
    alertmanager_secret = "routes"
    registry_mirror     = "mirror.example"
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).alertmanager.alertmanagerSpec.configSecret == "routes"
    error_message = "alertmanager: its routes may hold webhook addresses."
  }

  assert {
    condition     = yamldecode(element(output.values, length(output.values) - 1)).global.imageRegistry == "mirror.example"
    error_message = "imageRegistry: got another than the mirror."
  }
}
