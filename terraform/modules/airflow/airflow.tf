locals {
  _repository = join("/", compact([var.registry_mirror, var.image.repository]))
  _image      = var.image.digest == null ? "${local._repository}:${var.image.tag}" : "${local._repository}@${var.image.digest}"

  # Folders that Airflow writes to; nothing else of the image can be written.
  _scratch = {
    auth = "/opt/airflow/auth"
    tmp  = "/tmp"
  }

  _templates_mount = { name = "job-templates", mountPath = "/etc/gridata/jobs", readOnly = true }
  _pools_path      = "/etc/gridata/jobs/pools.json"

  _mounts = concat(
    [for name, path in local._scratch : { name = name, mountPath = path }],
    [local._templates_mount],
  )

  _volumes = concat(
    [for name, _ in local._scratch : { name = name, emptyDir = {} }],
    [{ name = "job-templates", configMap = { name = var.job_templates } }],
  )

  _security = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
  }

  # The chart's own waiting runs `airflow` as an argument of the official image's entry point.
  _wait_for_migrations = {
    name            = "wait-for-migrations"
    image           = local._image
    command         = ["airflow", "db", "check-migrations", "--migration-wait-timeout=600"]
    securityContext = local._security
    env = [
      { name = "AIRFLOW_HOME", value = "/tmp" }, # without the chart's airflow.cfg Airflow writes one
      {
        name      = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
        valueFrom = { secretKeyRef = { name = var.secrets.metadata, key = "connection" } }
      },
    ]
    resources    = { requests = { cpu = "50m", memory = "256Mi" }, limits = { memory = "512Mi" } }
    volumeMounts = [{ name = "tmp", mountPath = "/tmp" }]
  }

  # Before any DAG is read: a task whose pool is not there waits for ever.
  _import_pools = merge(local._wait_for_migrations, {
    name         = "import-pools"
    command      = ["airflow", "pools", "import", local._pools_path]
    volumeMounts = [local._templates_mount, { name = "tmp", mountPath = "/tmp" }]
  })

  # Airflow opens the file to write to it, so a mounted Secret will not do.
  _copy_users = {
    name            = "copy-users"
    image           = local._image
    command         = ["install", "-m", "600", "/etc/gridata/users/passwords.json", "/opt/airflow/auth/passwords.json"]
    securityContext = local._security
    resources       = { requests = { cpu = "10m", memory = "16Mi" }, limits = { memory = "64Mi" } }
    volumeMounts = [
      { name = "auth", mountPath = "/opt/airflow/auth" },
      { name = "users", mountPath = "/etc/gridata/users", readOnly = true },
    ]
  }

  _values = {
    apiSecretKeySecretName = var.secrets.keys
    apiServer = {
      extraInitContainers = [local._wait_for_migrations, local._copy_users]
      extraVolumeMounts   = [{ name = "logs", mountPath = "/opt/airflow/logs" }]
      extraVolumes = [
        { name = "logs", emptyDir = {} },
        { name = "users", secret = { secretName = var.secrets.users } },
      ]
    }
    dagProcessor = {
      extraInitContainers = [local._wait_for_migrations, local._import_pools]
      podAnnotations      = { "gridata.io/pools" = var.pools_revision }
    }
    data = { brokerUrlSecretName = "none", metadataSecretName = var.secrets.metadata }
    env = [
      { name = "GRIDATA_INSTALLATION", value = var.installation },
      { name = "GRIDATA_JOB_TEMPLATES", value = "/etc/gridata/jobs" },
      { name = "GRIDATA_POOLS", value = local._pools_path },
    ]
    fernetKeySecretName = var.secrets.keys
    images = merge(
      { airflow = { repository = local._repository, tag = var.image.tag, digest = var.image.digest } },
      { for mirror in compact([var.registry_mirror]) : "statsd" => { repository = "${mirror}/prometheus/statsd-exporter" } },
    )
    jwtSecretName = var.secrets.keys
    nodeSelector  = var.cluster.node_selectors.system
    scheduler     = { extraInitContainers = [local._wait_for_migrations] }
    triggerer = {
      extraInitContainers = [local._wait_for_migrations]
      persistence         = { storageClassName = var.cluster.storage_classes.rwo }
    }
    volumeMounts = local._mounts
    volumes      = local._volumes
    workers      = { persistence = { storageClassName = var.cluster.storage_classes.rwo } }
  }
}

module "release" {
  source = "../release"

  chart        = "airflow"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "airflow"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]

  # The migration of an empty database takes minutes on a small node.
  timeout_s = 1200
}
