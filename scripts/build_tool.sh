#!/usr/bin/env bash
# Builds a tool from its pinned source into ${GRIDATA_CACHE:-~/.cache/gridata}/bin. Needs Go; minutes on 2 cores.
#   scripts/build_tool.sh minio   the store of the integration tests (docs/adr/0004: it has no binaries any more)
#   scripts/build_tool.sh helm    renders the charts
# The last line it prints is the path of the binary. The same versions stand in helm/versions.yaml; a test compares them.
set -euo pipefail

case "${1:-}" in
  minio) module=github.com/minio/minio version=v0.0.0-20260212201848-7aac2a2c5b7c ;;
  helm) module=helm.sh/helm/v3/cmd/helm version=v3.22.0 ;;
  *)
    echo "build_tool: got '${1:-}', allowed minio or helm." >&2
    exit 2
    ;;
esac
name=$1
bin=${GRIDATA_CACHE:-$HOME/.cache/gridata}/bin
binary=$bin/$name-$version # another pin is another file

if [[ -x $binary ]]; then
  echo "$binary"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "build_tool: go is not installed. Install Go 1.24 or newer, then run this again." >&2
  exit 1
fi

mkdir -p "$bin"
exec 9>"$bin/.$name.lock" # one build at a time; the second one finds the first one's result
flock 9
[[ -x $binary ]] && echo "$binary" && exit 0
work=$(mktemp -d "$bin/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "$module@$version"
mv "$work/$name" "$binary" # whole or not at all
echo "$binary"
