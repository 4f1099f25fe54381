#!/usr/bin/env bash
# Runs a command with the node up, our images of this tree on it and the settings of its tests; leaves nothing of it.
#   with.sh make e2e-k8s ARGS=--quick
#   with.sh --can      says in one line why it cannot, with status 1, without starting or building anything
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"

if [[ ${1:-} == --can ]]; then
  missing=()
  [[ $EUID -eq 0 ]] || missing+=(root)
  for name in "${BINARIES[@]}" pause podreap; do
    [[ -x $BIN/$name ]] || missing+=("$BIN/$name")
  done
  [[ ${#missing[@]} -eq 0 ]] && exit 0
  echo "no ${missing[*]}: \`sudo tests/node/up.sh\` builds them once, in half an hour on 2 cores"
  exit 1
fi

need_root
[[ ! -d $GRIDATA_NODE_HOME/etcd ]] || die "a node is up or was kept. Use it (images.sh says how), or end it with down.sh"
leave() {
  "$TREE/image.sh" prune || true
  "$TREE/down.sh" --purge
}
trap leave EXIT
trap 'exit 143' TERM
"$TREE/up.sh" >&2
settings=$("$TREE/images.sh" | tail -n 1)
eval "$settings"
"$@"
