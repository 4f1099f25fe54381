#!/usr/bin/env bash
# Installs what the integration tests take from Debian: Postgres, whose clusters they start themselves on free ports, and
# GnuPG, with which tests of Vault play the holders of its recovery keys.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v gpg >/dev/null || missing+=(gnupg)
if [[ ${#missing[@]} -eq 0 ]]; then
  echo "Postgres and GnuPG are there."
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install_packages: no apt-get here. Install ${missing[*]} by hand: Postgres 15 or newer, with initdb on the PATH." >&2
  exit 1
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
