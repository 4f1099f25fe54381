# In the place of the chart's policies, which let only Airflow 2's web server fetch logs.
resource "kubernetes_network_policy_v1" "api_server" {
  metadata {
    name      = "airflow"
    namespace = var.namespace
  }

  spec {
    pod_selector {
      match_labels = { release = "airflow" }
    }
    policy_types = ["Ingress"]

    ingress {
      from {
        pod_selector {}
      }
    }

    ingress {
      ports {
        port     = "8080"
        protocol = "TCP"
      }
      dynamic "from" {
        for_each = var.client_namespaces
        content {
          namespace_selector {
            match_labels = { "kubernetes.io/metadata.name" = from.value }
          }
        }
      }
    }

    # Without a peer a rule would let everybody in.
    dynamic "ingress" {
      for_each = length(var.scraper_namespaces) == 0 ? [] : [var.scraper_namespaces]
      content {
        ports {
          port     = "9102"
          protocol = "TCP"
        }
        dynamic "from" {
          for_each = ingress.value
          content {
            namespace_selector {
              match_labels = { "kubernetes.io/metadata.name" = from.value }
            }
          }
        }
      }
    }
  }
}
