#!/usr/bin/env bash
# Generates the node's certificates and kubeconfigs under $GRIDATA_NODE_HOME (called by up.sh; keeps what exists).
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need_root
PKI=$GRIDATA_NODE_HOME/pki
mkdir -p "$PKI" "$GRIDATA_NODE_HOME/conf"; chmod 700 "$PKI" "$GRIDATA_NODE_HOME/conf"
umask 077

# new FILE SUBJECT [openssl option...] : an EC key and a certificate valid for a year
new() {
  local file=$PKI/$1 subject=$2; shift 2
  if [[ -s $file.crt && -s $file.key ]]; then return; fi
  openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 365 \
    -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n') -subj "$subject" \
    -keyout "$file.key" -out "$file.crt" "$@" 2>"$PKI/openssl.log" || { cat "$PKI/openssl.log" >&2; die "openssl: $file"; }
}
ca() { new "$1" "/CN=$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature; }
leaf() {  # FILE CA SUBJECT USAGE [SAN]
  new "$1" "$3" -CA "$PKI/$2.crt" -CAkey "$PKI/$2.key" -addext basicConstraints=critical,CA:FALSE \
    -addext keyUsage=critical,digitalSignature -addext "extendedKeyUsage=$4" ${5:+-addext "subjectAltName=$5"}
}

ca ca gridata-node-ca
ca etcd-ca gridata-node-etcd-ca
ca front-proxy-ca gridata-node-front-proxy-ca
leaf etcd etcd-ca /CN=etcd serverAuth,clientAuth "DNS:localhost,IP:127.0.0.1"
leaf etcd-client etcd-ca /CN=kube-apiserver clientAuth
leaf front-proxy front-proxy-ca /CN=front-proxy-client clientAuth
leaf apiserver ca /CN=kube-apiserver serverAuth "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$API_SERVICE_IP,IP:$NODE_IP"
leaf apiserver-kubelet ca /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
leaf kubelet-serving ca "/O=system:nodes/CN=system:node:$NODE_NAME" serverAuth "DNS:$NODE_NAME,IP:$NODE_IP"
leaf admin ca /O=system:masters/CN=kubernetes-admin clientAuth
leaf controller-manager ca /CN=system:kube-controller-manager clientAuth
leaf scheduler ca /CN=system:kube-scheduler clientAuth
leaf proxy ca /CN=system:kube-proxy clientAuth
leaf kubelet ca "/O=system:nodes/CN=system:node:$NODE_NAME" clientAuth
if [[ ! -s $PKI/sa.key ]]; then
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
fi

kubeconfig() {  # FILE LEAF
  put "$1" <<YAML || true
apiVersion: v1
kind: Config
clusters:
- name: gridata-node
  cluster: {server: "$API", certificate-authority-data: $(base64 -w0 <"$PKI/ca.crt")}
users:
- name: $2
  user: {client-certificate-data: $(base64 -w0 <"$PKI/$2.crt"), client-key-data: $(base64 -w0 <"$PKI/$2.key")}
contexts:
- name: gridata-node
  context: {cluster: gridata-node, user: $2}
current-context: gridata-node
YAML
}
for who in controller-manager scheduler proxy kubelet; do kubeconfig "$GRIDATA_NODE_HOME/conf/$who.kubeconfig" "$who"; done
kubeconfig "$ADMIN" admin
