# The backup job: Vault's own snapshot, which only its seal opens. To put one back is not in it.
path "sys/storage/raft/snapshot" {
  capabilities = ["read"]
}
