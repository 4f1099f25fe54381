#!/usr/bin/env bash
# Binaries of the node under plain names, each built from its pinned source by scripts/build_tool.sh where it is not there
# yet: half an hour in all on 2 cores, once. The two programs of src/ take seconds.
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"

mkdir -p "$BIN"
for name in "${BINARIES[@]}"; do
  ln -sf "$("$ROOT/scripts/build_tool.sh" "$name" | tail -n 1)" "$BIN/$name"
done
for name in pause podreap; do # by content: a fresh clone's files are all new
  source=$TREE/src/$name
  binary=$BIN/$name-$(cat "$source"/* | sha256sum | cut -c1-12)
  [[ -x $binary ]] || (cd "$source" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$binary" .)
  ln -sf "$binary" "$BIN/$name"
done
