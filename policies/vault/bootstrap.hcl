# The job that keeps Vault as policies/vault/platform.yaml says. It writes configuration and reads no data: no secret's
# value, no database login, no token for the store, nothing decrypted. It cannot change this policy, the roles that give
# it, or an audit device, by their names as written here; that takes a root token. Whoever has it can give himself more by a
# detour (docs/adr/0015-vault-bootstrap.md, Price): each write is in both audit logs.
path "sys/audit" {
  capabilities = ["read", "sudo"]
}
path "sys/audit/*" {
  capabilities = ["create", "sudo"]
}
path "sys/mounts" {
  capabilities = ["read"]
}
path "sys/mounts/*" {
  capabilities = ["create", "read", "update"]
}
path "sys/auth" {
  capabilities = ["read", "sudo"]
}
path "sys/auth/*" {
  capabilities = ["create", "read", "update", "sudo"]
}
path "sys/policies/acl" {
  capabilities = ["list"]
}
path "sys/policies/acl/*" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/bootstrap" {
  capabilities = ["read"]
}

path "auth/+/config" {
  capabilities = ["create", "read", "update"]
}
path "auth/+/role" {
  capabilities = ["list"]
}
path "auth/+/role/*" {
  capabilities = ["create", "read", "update"]
}
path "auth/+/role/bootstrap" {
  capabilities = ["read"]
}

path "identity/oidc/config" {
  capabilities = ["create", "read", "update"]
}
path "identity/oidc/key" {
  capabilities = ["list"]
}
path "identity/oidc/key/+" {
  capabilities = ["create", "read", "update"]
}
path "identity/oidc/role" {
  capabilities = ["list"]
}
path "identity/oidc/role/+" {
  capabilities = ["create", "read", "update"]
}

path "database/config/+" {
  capabilities = ["create", "read", "update", "delete"]
}
path "database/rotate-root/+" {
  capabilities = ["update"]
}
path "database/roles" {
  capabilities = ["list"]
}
path "database/roles/+" {
  capabilities = ["create", "read", "update"]
}

path "pki/config/urls" {
  capabilities = ["create", "read", "update"]
}
path "pki/roles" {
  capabilities = ["list"]
}
path "pki/roles/+" {
  capabilities = ["create", "read", "update"]
}

path "transit/keys" {
  capabilities = ["list"]
}
path "transit/keys/+" {
  capabilities = ["create", "read", "update"]
}
path "transit/keys/+/config" {
  capabilities = ["create", "update"]
}

# Which fields a generated secret has, and a first value; never one that is there.
path "secret/subkeys/platform/*" {
  capabilities = ["read"]
}
path "secret/data/platform/*" {
  capabilities = ["create"]
}
