locals {
  _helm = "${path.module}/../../../helm"
  _path = "${local._helm}/charts/${var.chart}"
  _ours = fileexists("${local._path}/Chart.yaml")
  _pin  = try(yamldecode(file("${local._helm}/versions.yaml")).charts[var.chart], null)

  # A chart in a folder keeps its version while it changes; its content makes the change visible to a plan.
  _content = sha256(join("", [
    for path in sort(tolist(fileset(local._path, "**"))) : "${path}=${filesha256("${local._path}/${path}")}"
  ]))

  _values_path = "${local._helm}/values/${var.environment}/${var.chart}.yaml"
  _environment = fileexists(local._values_path) ? [file(local._values_path)] : []
}

resource "helm_release" "this" {
  name      = var.name
  namespace = var.namespace

  chart       = local._ours ? local._path : var.chart
  repository  = local._ours ? null : coalesce(var.chart_mirror, try(local._pin.repository, null), "none")
  version     = local._ours ? null : try(local._pin.version, null)
  description = local._ours ? "content ${substr(local._content, 0, 16)}" : null

  values = concat(local._environment, var.values)

  cleanup_on_fail = true
  max_history     = 5
  timeout         = var.timeout_s
  wait            = var.wait
  wait_for_jobs   = var.wait_for_jobs

  lifecycle {
    precondition {
      condition     = local._ours || local._pin != null
      error_message = "chart: got ${var.chart}, allowed a folder of helm/charts or a chart in helm/versions.yaml. Pin it there once it was rendered."
    }
    precondition {
      condition     = local._ours || length(local._environment) == 1
      error_message = "values: got no helm/values/${var.environment}/${var.chart}.yaml, allowed one for each of another's charts. Write it."
    }
  }
}
