mock_provider "helm" {}

variables {
  chart       = "minio"
  environment = "local"
  name        = "minio"
  namespace   = "gridata"
}

run "installs_a_chart_of_ours_by_path_and_content" {
  command = plan

  assert {
    condition     = endswith(helm_release.this.chart, "helm/charts/minio") && helm_release.this.repository == null
    error_message = "chart: got ${helm_release.this.chart}, allowed the folder itself."
  }

  assert {
    condition     = can(regex("^content [0-9a-f]{16}$", helm_release.this.description))
    error_message = "description: got ${helm_release.this.description}, allowed a hash, or a changed template is no change."
  }
}

run "installs_another_chart_in_the_pinned_version" {
  command = plan

  variables {
    chart = "vault"
  }

  assert {
    condition     = helm_release.this.chart == "vault" && startswith(helm_release.this.repository, "https://")
    error_message = "repository: the chart comes from its own repository unless a mirror is named."
  }

  assert {
    condition     = helm_release.this.version == yamldecode(file("../../../helm/versions.yaml")).charts.vault.version
    error_message = "version: got ${helm_release.this.version}, allowed the pin of helm/versions.yaml."
  }

  assert {
    condition     = length(helm_release.this.values) == 1
    error_message = "values: the environment's file is laid over the chart's own values."
  }
}

run "takes_other_charts_from_the_mirror" {
  command = plan

  variables {
    chart        = "vault"
    chart_mirror = "oci://mirror.example/charts"
  }

  assert {
    condition     = helm_release.this.repository == "oci://mirror.example/charts"
    error_message = "repository: got ${helm_release.this.repository}, allowed the mirror."
  }
}

run "lays_what_the_module_computes_over_the_environment" {
  command = plan

  variables {
    chart  = "vault"
    values = ["server: {x: 1}"]
  }

  assert {
    condition     = yamldecode(helm_release.this.values[1]).server.x == 1
    error_message = "values: the last document wins."
  }
}

run "refuses_a_chart_that_nobody_pinned" {
  command = plan

  variables {
    chart = "ingress-nginx"
  }

  expect_failures = [helm_release.this]
}

run "refuses_an_environment_without_values" {
  command = plan

  variables {
    chart       = "vault"
    environment = "nowhere"
  }

  expect_failures = [helm_release.this]
}

run "refuses_a_mirror_without_scheme" {
  command = plan

  variables {
    chart_mirror = "mirror.example/charts"
  }

  expect_failures = [var.chart_mirror]
}

run "refuses_a_timeout_in_which_no_image_is_pulled" {
  command = plan

  variables {
    timeout_s = 5
  }

  expect_failures = [var.timeout_s]
}
