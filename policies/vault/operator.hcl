# People who run Vault, also in an emergency: servers, leases, tokens by accessor, the ceremony of the intermediate
# certificate, reading what is configured. No data, and no way to change who may read it.
path "sys/health" {
  capabilities = ["read", "sudo"]
}
path "sys/seal" {
  capabilities = ["update", "sudo"]
}
path "sys/step-down" {
  capabilities = ["update", "sudo"]
}
path "sys/storage/raft/configuration" {
  capabilities = ["read"]
}
path "sys/storage/raft/autopilot/state" {
  capabilities = ["read"]
}
path "sys/storage/raft/remove-peer" {
  capabilities = ["update"]
}
path "sys/metrics" {
  capabilities = ["read"]
}
path "sys/rotate" {
  capabilities = ["update", "sudo"]
}
path "sys/key-status" {
  capabilities = ["read"]
}

path "sys/audit" {
  capabilities = ["read", "sudo"]
}
path "sys/mounts" {
  capabilities = ["read"]
}
path "sys/auth" {
  capabilities = ["read"]
}
path "sys/policies/acl" {
  capabilities = ["list"]
}
path "sys/policies/acl/*" {
  capabilities = ["read"]
}
path "auth/+/role" {
  capabilities = ["list"]
}
path "auth/+/role/*" {
  capabilities = ["read"]
}

path "sys/leases/lookup" {
  capabilities = ["update"]
}
path "sys/leases/lookup/*" {
  capabilities = ["list", "sudo"]
}
path "sys/leases/revoke" {
  capabilities = ["update"]
}
path "sys/leases/revoke-prefix/*" {
  capabilities = ["update", "sudo"]
}
path "auth/token/accessors" {
  capabilities = ["list", "sudo"]
}
path "auth/token/lookup-accessor" {
  capabilities = ["update"]
}
path "auth/token/revoke-accessor" {
  capabilities = ["update"]
}

path "pki/intermediate/generate/internal" {
  capabilities = ["update"]
}
path "pki/intermediate/set-signed" {
  capabilities = ["update"]
}
path "pki/issuers" {
  capabilities = ["list"]
}
