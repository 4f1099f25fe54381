#!/usr/bin/env bash
# Stops exactly what up.sh started and removes its traces.
#   down.sh           the cluster's state is deleted, imported images and logs are kept
#   down.sh --keep    everything is kept: the next up.sh continues the same cluster
#   down.sh --purge   the whole of $GRIDATA_NODE_HOME is deleted (the cache never is)
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need_root
mode=${1:-}
[[ $mode == "" || $mode == --keep || $mode == --purge ]] || die "usage: down.sh [--keep|--purge]"
[[ -d $GRIDATA_NODE_HOME ]] || { say "nothing to stop"; exit 0; }
exec 9>"$GRIDATA_NODE_HOME/lock"; flock -w 600 9 || die "another up.sh or down.sh is at work"
SECONDS=0
H=$GRIDATA_NODE_HOME

stop kubelet
if pid_of containerd >/dev/null; then "$BIN/podreap" "$CONTAINERD_SOCK" >&2 || say "some pods were not removed cleanly"; fi
for name in kube-proxy kube-scheduler kube-controller-manager kube-apiserver etcd; do stop "$name"; done
if pid_of containerd >/dev/null; then
  # Whatever podreap could not remove; "rm" of a container whose task is gone always works.
  for id in $(ctr_node containers list -q); do
    ctr_node tasks rm -f "$id" >/dev/null 2>&1 || true; ctr_node containers rm "$id" >/dev/null 2>&1 || true
  done
fi
stop containerd

[[ ! -x $BIN/kube-proxy ]] || "$BIN/kube-proxy" --cleanup >>"$H/log/kube-proxy.log" 2>&1 || true
for tool in iptables ip6tables; do  # kube-proxy's own cleaning leaves this chain to a kubelet
  for hook in INPUT OUTPUT; do $tool -w -D $hook -j KUBE-FIREWALL; done 2>/dev/null || true
  { $tool -w -F KUBE-FIREWALL && $tool -w -X KUBE-FIREWALL; } 2>/dev/null || true
done
for link in "$POD_BRIDGE" "$NODE_LINK"; do ip link del "$link" 2>/dev/null || true; done
# innermost mounts first
awk -v h="$H/" 'index($5, h) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r point; do
  umount "$point" 2>/dev/null || umount -l "$point" || say "still mounted: $point"
done
for tree in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do # cgroup v2, v1
  [[ ! -d $tree ]] || find "$tree" -depth -type d -exec rmdir {} \; 2>/dev/null || true
done
[[ ! -d /var/log/containers ]] || find /var/log/containers -lname "$H/*" -delete
rm -rf "$H/run" "$H/containerd.sock" "$H/containerd.sock.ttrpc" "$H/containerd/state"
case $mode in
  "") rm -rf "$H"/{etcd,kubelet,volumes,pki,conf,cni,kubeconfig} "$H/log/pods" ;;
  --purge) grep -q " $H/" /proc/self/mountinfo && die "mounts are left under $H"; rm -rf "$H" ;;
esac
say "down in $SECONDS s"
