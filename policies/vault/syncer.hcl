# `gridata vault sync-secrets`: reads the generated secrets of the platform, and nothing else.
path "secret/data/platform/*" {
  capabilities = ["read"]
}
