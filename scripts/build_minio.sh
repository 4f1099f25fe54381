#!/usr/bin/env bash
# Builds MinIO from its pinned source into ${GRIDATA_CACHE:-~/.cache/gridata}/bin. Needs Go; about 3 minutes on 2 cores.
# The last line it prints is the path of the binary.
# The community edition is unmaintained and has no binaries any more (ADR on object storage).
set -euo pipefail

version=v0.0.0-20260212201848-7aac2a2c5b7c
bin=${GRIDATA_CACHE:-$HOME/.cache/gridata}/bin
binary=$bin/minio-$version # another pin is another file

if [[ -x $binary ]]; then
  echo "$binary"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "build_minio: go is not installed. Install Go 1.24 or newer, then run this again." >&2
  exit 1
fi

mkdir -p "$bin"
exec 9>"$bin/.minio.lock" # one build at a time; the second one finds the first one's result
flock 9
[[ -x $binary ]] && echo "$binary" && exit 0
work=$(mktemp -d "$bin/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "github.com/minio/minio@$version"
mv "$work/minio" "$binary" # whole or not at all
echo "$binary"
