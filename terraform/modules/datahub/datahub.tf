locals {
  _database = "jdbc:postgresql://${var.database.host}:${var.database.port}/${var.database.name}?sslmode=${var.database.tls ? "verify-full" : "disable"}"

  _login = var.opensearch.secret == null ? {} : {
    auth = {
      password = { secretRef = var.opensearch.secret, secretKey = "password" }
      username = var.opensearch.user
    }
  }

  _registry = var.registry_mirror == "" ? {} : { imageRegistry = var.registry_mirror }

  _values = {
    datahub-frontend = {
      existingGmsSecret = { name = var.secrets.keys, key = "frontend-secret" }
      # In the place of the image's own file, which has the user datahub with the password datahub.
      extraVolumeMounts = [{ name = "users", mountPath = "/datahub-frontend/conf/user.props", subPath = "user.props" }]
      extraVolumes      = [{ name = "users", secret = { secretName = var.secrets.users } }]
      nodeSelector      = var.cluster.node_selectors.system
    }
    datahub-gms = { nodeSelector = var.cluster.node_selectors.system }
    global = merge(local._registry, {
      datahub = {
        encryptionKey = { secretRef = var.secrets.keys, secretKey = "encryption-key" }
        metadata_service_authentication = {
          systemClientSecret = { secretRef = var.secrets.keys, secretKey = "system-client-secret" }
          tokenService = {
            salt       = { secretRef = var.secrets.keys, secretKey = "token-salt" }
            signingKey = { secretRef = var.secrets.keys, secretKey = "token-signing-key" }
          }
        }
      }
      elasticsearch = merge(local._login, {
        host   = var.opensearch.host
        port   = tostring(var.opensearch.port)
        useSSL = tostring(var.opensearch.tls)
      })
      kafka = { bootstrap = { server = var.kafka_bootstrap } }
      sql = {
        datasource = {
          database                = var.database.name
          driver                  = "org.postgresql.Driver"
          host                    = "${var.database.host}:${var.database.port}"
          hostForpostgresqlClient = var.database.host
          password                = { secretRef = var.database.secret, secretKey = "password" }
          port                    = tostring(var.database.port)
          url                     = local._database
          username                = var.database.user
        }
      }
    })
  }
}

module "release" {
  source = "../release"

  chart        = "datahub"
  chart_mirror = var.chart_mirror
  environment  = var.environment
  name         = "datahub"
  namespace    = var.namespace
  values       = [yamlencode(local._values)]

  # Before the service starts, a job makes tables, topics and indices.
  timeout_s = 1200
}
