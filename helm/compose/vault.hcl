# Vault as on a small node (helm/values/local/vault.yaml): raft storage on a volume, no TLS since it is reached on this
# machine only. It starts empty and sealed: docs/howto/vault.md. Jobs do not have their credentials from it yet.
ui            = false
disable_mlock = true
api_addr      = "http://vault:8200"
cluster_addr  = "http://vault:8201"
listener "tcp" {
  address         = "0.0.0.0:8200"
  cluster_address = "0.0.0.0:8201"
  tls_disable     = true
  telemetry {
    unauthenticated_metrics_access = true
  }
}
storage "raft" {
  path    = "/vault/file"
  node_id = "laptop"
}
telemetry {
  disable_hostname          = true
  prometheus_retention_time = "24h"
}
