variables {
  context         = "kind-gridata"
  name            = "local"
  storage_classes = { rwo = "standard" }
}

run "gives_the_cluster_object_with_every_default" {
  command = plan

  assert {
    condition = sort(keys(output.cluster)) == tolist([
      "access", "auth", "ca", "host", "kms_key_id", "name", "node_selectors", "oidc_issuer", "provider",
      "storage_classes", "workload_identity",
    ])
    error_message = "cluster: got ${join(", ", keys(output.cluster))}, allowed the fields every cluster module gives."
  }

  assert {
    condition     = output.cluster.auth.kubeconfig.context == "kind-gridata" && output.cluster.auth.exec == null
    error_message = "auth: an existing cluster is reached through a named context of a kubeconfig."
  }

  assert {
    condition     = length(output.cluster.node_selectors.spark_executor) == 0
    error_message = "node_selectors: Spark executors run on any node unless told otherwise."
  }

  assert {
    condition     = !strcontains(output.cluster.auth.kubeconfig.path, "~")
    error_message = "kubeconfig path: providers do not expand a tilde."
  }
}

run "refuses_the_current_context" {
  command = plan
  variables {
    context = " "
  }
  expect_failures = [var.context]
}

run "refuses_an_issuer_without_tls" {
  command = plan
  variables {
    oidc_issuer = "http://issuer.example"
  }
  expect_failures = [var.oidc_issuer]
}

run "refuses_a_name_that_is_no_label" {
  command = plan
  variables {
    name = "Local_1"
  }
  expect_failures = [var.name]
}

run "refuses_an_access_nobody_defined" {
  command = plan
  variables {
    access = "vpn"
  }
  expect_failures = [var.access]
}

run "refuses_to_guess_a_storage_class" {
  command = plan
  variables {
    storage_classes = { rwo = "" }
  }
  expect_failures = [var.storage_classes]
}
