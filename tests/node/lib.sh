# shellcheck shell=bash disable=SC2034
# Shared settings and helpers; sourced by the other scripts, never run by itself.
set -euo pipefail

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$TREE/../.." && pwd)
BINARIES=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns local-path-provisioner)
GRIDATA_NODE_HOME=${GRIDATA_NODE_HOME:-/tmp/gridata-node}                         # state of the running node
GRIDATA_NODE_CACHE=${GRIDATA_NODE_CACHE:-${GRIDATA_CACHE:-$HOME/.cache/gridata}/node} # what survives: binaries, images
BIN=$GRIDATA_NODE_CACHE/bin
IMAGES=$GRIDATA_NODE_CACHE/images
PATH=$BIN:$PATH

NODE_NAME=${GRIDATA_NODE_NAME:-gridata-node}
NODE_IP=${GRIDATA_NODE_IP:-10.243.0.1}          # on a port-less bridge of this machine only
API_PORT=${GRIDATA_NODE_API_PORT:-6443}
POD_CIDR=${GRIDATA_NODE_POD_CIDR:-10.244.0.0/24}
SERVICE_CIDR=${GRIDATA_NODE_SERVICE_CIDR:-10.96.0.0/16}
API_SERVICE_IP=${GRIDATA_NODE_API_SERVICE_IP:-10.96.0.1}
DNS_IP=${GRIDATA_NODE_DNS_IP:-10.96.0.10}
PROXY_MODE=${GRIDATA_NODE_PROXY_MODE:-iptables} # or nftables
NODE_LINK=knode0
POD_BRIDGE=kpods0

API=https://$NODE_IP:$API_PORT
ADMIN=$GRIDATA_NODE_HOME/kubeconfig
CONTAINERD_SOCK=$GRIDATA_NODE_HOME/containerd.sock
BASE_IMAGE=localhost/debian:bookworm-slim

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
die() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }
need_root() { [[ $EUID -eq 0 ]] || die "run as root"; }

archive_of() { echo "$IMAGES/$(tr '/:' '__' <<<"$1").tar"; } # IMAGE -> its file in the cache
k() { kubectl --kubeconfig "$ADMIN" "$@"; }
ctr_node() { ctr --address "$CONTAINERD_SOCK" --namespace k8s.io "$@"; }

# apt_need COMMAND-OR-FILE=PACKAGE... : install the packages whose command or file is missing.
apt_need() {
  local pair what missing=()
  for pair in "$@"; do
    what=${pair%%=*}
    if [[ $what == /* ]]; then [[ -e $what ]] || missing+=("${pair#*=}")
    else command -v "$what" >/dev/null || missing+=("${pair#*=}"); fi
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  say "apt: ${missing[*]}"
  local log=$GRIDATA_NODE_HOME/log/apt.log
  mkdir -p "${log%/*}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"; } >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "apt failed, see $log"; }
}

# A process is identified by its pid and its start time, so that a reused pid is never signalled.
# A zombie counts as gone: whoever should reap it may be slow to.
started_at() { awk '{ sub(/^.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null; }
pid_of() {  # NAME -> pid, when the process that start() recorded still runs
  local pid born
  [[ -r $GRIDATA_NODE_HOME/run/$1.pid ]] || return 1
  read -r pid born <"$GRIDATA_NODE_HOME/run/$1.pid" || return 1
  [[ -n $born && $(started_at "$pid") == "$born" ]] || return 1
  echo "$pid"
}
start() {  # NAME COMMAND... : start a daemon unless it already runs
  local name=$1 pid; shift
  mkdir -p "$GRIDATA_NODE_HOME/run" "$GRIDATA_NODE_HOME/log"
  if pid=$(pid_of "$name"); then say "$name already runs (pid $pid)"; return; fi
  setsid "$@" >>"$GRIDATA_NODE_HOME/log/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$GRIDATA_NODE_HOME/run/$name.pid"
}
stop() {  # NAME [SECONDS]: TERM, wait, KILL
  local name=$1 left=$(( ${2:-15} * 5 )) pid began=$SECONDS
  if pid=$(pid_of "$name"); then
    kill -TERM "$pid" 2>/dev/null || true
    while pid_of "$name" >/dev/null && (( left-- > 0 )); do sleep 0.2; done
    if pid_of "$name" >/dev/null; then say "$name ignored TERM, killing"; kill -KILL "$pid" || true; fi
  fi
  rm -f "$GRIDATA_NODE_HOME/run/$name.pid"
  if (( SECONDS - began > 3 )); then say "$name took $(( SECONDS - began )) s to stop"; fi
}
# put FILE : from stdin, in one step and only when it differs, because kube-proxy and containerd
# watch their files; "false" when nothing changed.
put() {
  cat >"$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; return 1; fi
  mv "$1.new" "$1"
}
configure() { if put "$2"; then stop "$1"; fi; }  # NAME FILE : a daemon with a new configuration is stopped for start()
wait_for() {  # SECONDS WHAT COMMAND... : poll until the command succeeds
  local end=$(( SECONDS + $1 )) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    (( SECONDS < end )) || { say "last answer: $("$@" 2>&1 | tail -n 3)"; die "timed out waiting for $what; logs: $GRIDATA_NODE_HOME/log"; }
    sleep 0.5
  done
}
