#!/usr/bin/env bash
# Gets promtool, which tests the alert rules, out of Debian's package of Prometheus, without installing the server.
# The last line it prints is the path of the binary.
set -euo pipefail

if command -v promtool; then
  exit 0
fi
bin=${GRIDATA_CACHE:-$HOME/.cache/gridata}/bin
if [[ -x $bin/promtool ]]; then
  echo "$bin/promtool"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install_promtool: no apt-get here. Put promtool (2.42 or newer) on the PATH, or name it in GRIDATA_PROMTOOL." >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 777 "$work" # apt writes to it as a user of its own
as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi
"${as_root[@]}" apt-get update -qq
(cd "$work" && apt-get download -qq prometheus)
dpkg-deb --extract "$work"/prometheus_*.deb "$work/root"
mkdir -p "$bin"
mv "$work/root/usr/bin/promtool" "$bin/promtool"
echo "$bin/promtool"
