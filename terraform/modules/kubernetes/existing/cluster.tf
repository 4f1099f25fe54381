locals {
  # Host, CA and credentials stay in the kubeconfig file, so none of them reaches the state: `host` and `ca` are null.
  _auth = {
    exec = null
    kubeconfig = {
      context = var.context
      path    = pathexpand(var.kubeconfig_path)
    }
  }
}
