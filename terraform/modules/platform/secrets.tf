# Credentials go from the environment of whoever applies into the cluster and nowhere else: the variable is ephemeral and
# the argument write-only, so neither a plan nor the state has them. docs/adr/0011 says why none is generated here.
locals {
  _login = {
    airflow = "gridata"
    minio   = "gridata"
  }

  # Servers that this module brings, by the name of their database; none where they are external.
  _own = var.postgres.backend != "external"
  _databases = {
    airflow = { name = "airflow-postgres", namespace = local._names.airflow }
    gridata = { name = "postgres", namespace = local._names.gridata }
  }
  _hosts = {
    for database, at in local._databases : database =>
    "${at.name}${var.postgres.backend == "cnpg" ? "-rw" : ""}.${at.namespace}.svc:5432"
  }

  _catalog_uri = local._own ? "postgresql+psycopg2://gridata:${urlencode(coalesce(var.credentials.postgres_password, "-"))}@${local._hosts.gridata}/gridata" : var.credentials.catalog_uri
  _ledger_url  = local._own ? local._catalog_uri : var.credentials.ledger_url
  _airflow_uri = local._own ? "postgresql+psycopg2://airflow:${urlencode(coalesce(var.credentials.airflow_postgres_password, "-"))}@${local._hosts.airflow}/airflow" : var.credentials.airflow_uri

  _gridata_data = {
    AWS_ACCESS_KEY_ID     = local._login.minio
    AWS_SECRET_ACCESS_KEY = var.credentials.minio_password
    GRIDATA_CATALOG_URI   = local._catalog_uri
    GRIDATA_LEDGER_URL    = local._ledger_url
  }

  _required_credentials = concat(
    ["airflow_api_key", "airflow_fernet_key", "airflow_jwt_key", "airflow_password", "minio_password"],
    local._own ? ["airflow_postgres_password", "postgres_password"] : ["airflow_uri", "catalog_uri", "ledger_url"],
    local._operator ? ["grafana_password"] : [],
    var.datahub.enabled ? [
      "datahub_database_password", "datahub_encryption_key", "datahub_frontend_secret", "datahub_password",
      "datahub_system_secret", "datahub_token_key", "datahub_token_salt",
    ] : [],
  )

  # Secrets by the name of the thing: where each stands is no secret, what is in it is below.
  _places = merge(
    {
      airflow-keys     = local._names.airflow
      airflow-login    = local._names.gridata
      airflow-metadata = local._names.airflow
      airflow-users    = local._names.airflow
      gridata          = local._names.gridata
      minio-root       = local._names.gridata
    },
    local._own ? { for at in values(local._databases) : at.name => at.namespace } : {},
    var.datahub.enabled ? { for name in ["datahub-database", "datahub-keys", "datahub-users"] : name => local._names.datahub } : {},
    local._operator ? { grafana-admin = local._names.monitoring } : {},
  )

  _data = {
    airflow-keys = {
      api-secret-key = var.credentials.airflow_api_key
      fernet-key     = var.credentials.airflow_fernet_key
      jwt-secret     = var.credentials.airflow_jwt_key
    }
    airflow-login = {
      GRIDATA_AIRFLOW_PASSWORD = var.credentials.airflow_password
      GRIDATA_AIRFLOW_USER     = local._login.airflow
    }
    airflow-metadata = { connection = local._airflow_uri }
    airflow-postgres = { password = var.credentials.airflow_postgres_password, username = "airflow" }
    airflow-users    = { "passwords.json" = jsonencode({ (local._login.airflow) = var.credentials.airflow_password }) }
    datahub-database = { password = var.credentials.datahub_database_password }
    datahub-keys = {
      encryption-key       = var.credentials.datahub_encryption_key
      frontend-secret      = var.credentials.datahub_frontend_secret
      system-client-secret = var.credentials.datahub_system_secret
      token-salt           = var.credentials.datahub_token_salt
      token-signing-key    = var.credentials.datahub_token_key
    }
    datahub-users = { "user.props" = "datahub:${coalesce(var.credentials.datahub_password, "-")}\n" }
    grafana-admin = { admin-password = var.credentials.grafana_password, admin-user = "admin" }
    gridata       = local._gridata_data
    minio-root    = { rootPassword = var.credentials.minio_password, rootUser = local._login.minio }
    postgres      = { password = var.credentials.postgres_password, username = "gridata" }
  }
}

resource "kubernetes_secret_v1" "this" {
  for_each = var.credentials_revision > 0 ? local._places : {}

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this[each.value].metadata[0].name
  }

  # Of a database's login CloudNativePG asks this type.
  type = contains(values(local._databases)[*].name, each.key) ? "kubernetes.io/basic-auth" : "Opaque"

  data_wo          = local._data[each.key]
  data_wo_revision = var.credentials_revision
}

# Of jobs, in the namespaces that the gridata chart makes.
resource "kubernetes_secret_v1" "jobs" {
  for_each = var.credentials_revision > 0 ? local._domain_namespaces : toset([])

  metadata {
    name      = "gridata"
    namespace = each.value
  }

  data_wo          = local._gridata_data
  data_wo_revision = var.credentials_revision

  depends_on = [module.gridata]
}
