#!/usr/bin/env bash
# Installs Debian's Postgres for the integration tests, which start their own cluster on a free port.
set -euo pipefail

if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  echo "Postgres is there."
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install_postgres: no apt-get here. Install Postgres 15 or newer by hand, with initdb on the PATH." >&2
  exit 1
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
