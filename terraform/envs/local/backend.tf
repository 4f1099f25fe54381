# One person's cluster, so the state is a file beside this one; nothing in it is secret, and git ignores it.
terraform {
  backend "local" {}
}
