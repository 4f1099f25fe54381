#!/usr/bin/env bash
# Brings a one-machine Kubernetes up and waits until it works; safe to run again at any time.
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need_root
mkdir -p "$GRIDATA_NODE_HOME"/{run,log,conf,etcd,kubelet,volumes,cni/net.d,containerd}
chmod 700 "$GRIDATA_NODE_HOME/etcd"
exec 9>"$GRIDATA_NODE_HOME/lock"; flock -w 600 9 || die "another up.sh or down.sh is at work"
SECONDS=0
H=$GRIDATA_NODE_HOME PKI=$GRIDATA_NODE_HOME/pki CONF=$GRIDATA_NODE_HOME/conf

apt_need containerd=containerd runc=runc iptables=iptables nft=nftables conntrack=conntrack ethtool=ethtool \
  socat=socat mount=mount ip=iproute2 openssl=openssl buildah=buildah mmdebstrap=mmdebstrap flock=util-linux \
  /usr/lib/cni/bridge=containernetworking-plugins /etc/ssl/certs/ca-certificates.crt=ca-certificates
"$TREE/build.sh"
"$TREE/pki.sh"

# ---- network: an address that only this machine has, forwarding, bridged traffic through netfilter
ip link show "$NODE_LINK" >/dev/null 2>&1 || ip link add "$NODE_LINK" type bridge
ip addr replace "$NODE_IP/32" dev "$NODE_LINK"; ip link set "$NODE_LINK" up
# A service address that kube-proxy has not programmed yet must lead nowhere: by the default route a gateway could answer
# on port 443, and the API server would keep that connection for an aggregated API.
ip route replace "$SERVICE_CIDR" dev "$NODE_LINK" src "$NODE_IP"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
uplink=$(ip -o route show default | sed -nE 's/.* dev ([^ ]+).*/\1/p' | head -n 1)
mtu=$(cat "/sys/class/net/${uplink:-lo}/mtu"); (( mtu <= 1500 )) || mtu=1500
put "$H/cni/net.d/10-gridata-node.conflist" <<JSON || true
{"cniVersion": "1.0.0", "name": "gridata-node", "plugins": [
  {"type": "bridge", "bridge": "$POD_BRIDGE", "isGateway": true, "ipMasq": true, "hairpinMode": true, "mtu": $mtu,
   "ipam": {"type": "host-local", "dataDir": "$H/cni/ipam", "ranges": [[{"subnet": "$POD_CIDR"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
JSON

# ---- container runtime
configure containerd "$CONF/containerd.toml" <<TOML
version = 2
root = "$H/containerd/root"
state = "$H/containerd/state"
[grpc]
  address = "$CONTAINERD_SOCK"
[plugins."io.containerd.internal.v1.opt"]
  path = "$H/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:dev"
  enable_unprivileged_ports = true
  # Works without CAP_SYS_RESOURCE, which some virtual machines withhold even from root.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$H/cni/net.d"
TOML
start containerd containerd --config "$CONF/containerd.toml"

# ---- control plane
start etcd "$BIN/etcd" --name "$NODE_NAME" --data-dir "$H/etcd" \
  --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \
  --listen-peer-urls https://127.0.0.1:2380 --initial-advertise-peer-urls https://127.0.0.1:2380 \
  --initial-cluster "$NODE_NAME=https://127.0.0.1:2380" --client-cert-auth --trusted-ca-file "$PKI/etcd-ca.crt" \
  --cert-file "$PKI/etcd.crt" --key-file "$PKI/etcd.key" --peer-client-cert-auth --peer-trusted-ca-file "$PKI/etcd-ca.crt" \
  --peer-cert-file "$PKI/etcd.crt" --peer-key-file "$PKI/etcd.key" --unsafe-no-fsync
read -ra extra <<<"${GRIDATA_NODE_APISERVER_ARGS:-}"
start kube-apiserver "$BIN/kube-apiserver" \
  --advertise-address "$NODE_IP" --bind-address "$NODE_IP" --secure-port "$API_PORT" \
  --etcd-servers https://127.0.0.1:2379 --etcd-cafile "$PKI/etcd-ca.crt" \
  --etcd-certfile "$PKI/etcd-client.crt" --etcd-keyfile "$PKI/etcd-client.key" \
  --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" --client-ca-file "$PKI/ca.crt" \
  --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
  --kubelet-client-certificate "$PKI/apiserver-kubelet.crt" --kubelet-client-key "$PKI/apiserver-kubelet.key" \
  --kubelet-certificate-authority "$PKI/ca.crt" --kubelet-preferred-address-types InternalIP \
  --service-cluster-ip-range "$SERVICE_CIDR" --service-account-issuer https://kubernetes.default.svc.cluster.local \
  --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key" \
  --requestheader-client-ca-file "$PKI/front-proxy-ca.crt" --requestheader-allowed-names front-proxy-client \
  --requestheader-extra-headers-prefix X-Remote-Extra- --requestheader-group-headers X-Remote-Group \
  --requestheader-username-headers X-Remote-User --proxy-client-cert-file "$PKI/front-proxy.crt" \
  --proxy-client-key-file "$PKI/front-proxy.key" --allow-privileged=true "${extra[@]}"

# ---- images, while the API server starts
[[ -e $(archive_of "$BASE_IMAGE") ]] || "$TREE/image.sh" debian "$BASE_IMAGE"
own=()
for name in pause coredns local-path-provisioner; do
  own+=("localhost/$name:dev")
  [[ $(archive_of "localhost/$name:dev") -nt $BIN/$name ]] || "$TREE/image.sh" binary "localhost/$name:dev" "$BIN/$name"
done
wait_for 60 "containerd" ctr_node version
"$TREE/image.sh" import "$BASE_IMAGE" "${own[@]}"

wait_for 120 "the API server" k get --raw /readyz
start kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig "$CONF/controller-manager.kubeconfig" \
  --bind-address 127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
  --cluster-cidr "$POD_CIDR" --service-cluster-ip-range "$SERVICE_CIDR" --allocate-node-cidrs=false \
  --root-ca-file "$PKI/ca.crt" --service-account-private-key-file "$PKI/sa.key" \
  --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key" \
  --authentication-kubeconfig "$CONF/controller-manager.kubeconfig" \
  --authorization-kubeconfig "$CONF/controller-manager.kubeconfig"
start kube-scheduler "$BIN/kube-scheduler" --kubeconfig "$CONF/scheduler.kubeconfig" --bind-address 127.0.0.1 \
  --leader-elect=false --authentication-kubeconfig "$CONF/scheduler.kubeconfig" \
  --authorization-kubeconfig "$CONF/scheduler.kubeconfig"

# ---- node. The kubelet's folder is a shared mount, so that volumes may propagate both ways.
mountpoint -q "$H/kubelet" || mount --bind "$H/kubelet" "$H/kubelet"
mount --make-rshared "$H/kubelet"
resolv=/etc/resolv.conf
if grep -qE '^nameserver 127\.' $resolv && [[ -e /run/systemd/resolve/resolv.conf ]]; then resolv=/run/systemd/resolve/resolv.conf; fi
configure kubelet "$CONF/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet-serving.crt
tlsPrivateKeyFile: $PKI/kubelet-serving.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCK
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
makeIPTablesUtilChains: false
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: $resolv
podLogsDir: $H/log/pods
volumePluginDir: $H/kubelet/volume-plugins
# Images are built here and cannot be pulled again, so they are never collected.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 200Mi, nodefs.available: 2Gi, imagefs.available: 2Gi}
YAML
start kubelet "$BIN/kubelet" --config "$CONF/kubelet.yaml" --kubeconfig "$CONF/kubelet.kubeconfig" \
  --root-dir "$H/kubelet" --cert-dir "$H/kubelet/pki" --node-ip "$NODE_IP" --hostname-override "$NODE_NAME"
configure kube-proxy "$CONF/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: $PROXY_MODE
clientConnection: {kubeconfig: $CONF/proxy.kubeconfig}
hostnameOverride: $NODE_NAME
clusterCIDR: $POD_CIDR
nodePortAddresses: [$NODE_IP/32]
oomScoreAdj: 0
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML
start kube-proxy "$BIN/kube-proxy" --config "$CONF/proxy.yaml"

# ---- add-ons
fill() { sed -e "s|@DNS_IP@|$DNS_IP|g" -e "s|@VOLUMES@|$H/volumes|g" -e "s|@BASE_IMAGE@|$BASE_IMAGE|g" "$1"; }
wait_for 30 "the system namespace" k get namespace kube-system
for manifest in "$TREE"/manifests/*.yaml; do
  fill "$manifest" | k apply -f - >>"$H/log/apply.log"
done
wait_for 120 "the node to register" k get node "$NODE_NAME"
k wait --for=condition=Ready "node/$NODE_NAME" --timeout=120s >/dev/null || die "the node is not Ready, see $H/log/kubelet.log"
k -n kube-system rollout status deployment/coredns --timeout=180s >/dev/null || die "CoreDNS is not Ready"
k -n local-path-storage rollout status deployment/local-path-provisioner --timeout=180s >/dev/null || die "the volume provisioner is not Ready"
say "node Ready, CoreDNS Ready in $SECONDS s"
echo "export KUBECONFIG=$ADMIN PATH=$BIN:\$PATH"
