#!/usr/bin/env bash
# Builds images without any registry and gives them to the node.
#   image.sh debian NAME [PACKAGE...]           Debian 12 "minbase" root filesystem + packages
#   image.sh binary NAME FILE [ARG...]          scratch + CA certificates + one static binary
#   image.sh dockerfile NAME CONTEXT [ARG...]   a real Dockerfile; ARGs go to `buildah bud`
#   image.sh import NAME...                     into the node, from the cache
#   image.sh prune                              forget the layers of images that were built anew since
# Each image is kept as an archive in $GRIDATA_NODE_CACHE/images.
# Dockerfiles may only start FROM scratch or from images built here (localhost/...).
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need_root
mkdir -p "$IMAGES" "$GRIDATA_NODE_CACHE/buildah" "$GRIDATA_NODE_HOME"
WORK=$(mktemp -d "$GRIDATA_NODE_HOME/image.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# Daemonless; RUN shares the host's network, so that apt, pip and the like work inside a build.
buildah_() {
  apt_need buildah=buildah
  buildah --root "$GRIDATA_NODE_CACHE/buildah" --runroot "$GRIDATA_NODE_HOME/buildah-run" \
    --storage-driver overlay "$@"
}
check_name() { [[ $1 =~ ^localhost/[a-z0-9._/-]+:[A-Za-z0-9._-]+$ ]] || die "name an image localhost/NAME:TAG, not '$1'"; }

bud() {  # NAME CONTEXT ARG...
  local name=$1 context=$2 t=$SECONDS archive; shift 2
  archive=$(archive_of "$name")
  if [[ $name != "$BASE_IMAGE" ]] && ! buildah_ inspect --type image "$BASE_IMAGE" >/dev/null 2>&1; then
    buildah_ pull --quiet "docker-archive:$(archive_of "$BASE_IMAGE")" >/dev/null
  fi
  if ! buildah_ bud --isolation chroot --network host --pull-never --layers --format docker \
      --tag "$name" "$@" "$context" >"$WORK/log" 2>&1; then
    cat "$WORK/log" >&2; die "$name: build failed"
  fi
  rm -f "$archive.new"
  buildah_ push --quiet "$name" "docker-archive:$archive.new:$name"
  mv "$archive.new" "$archive"
  say "$name built in $(( SECONDS - t )) s, $(du -h "$archive" | cut -f1)"
  import "$name"
}
import() {  # NAME : into the node when its containerd runs
  local archive; archive=$(archive_of "$1")
  if ! ctr_node version >/dev/null 2>&1; then say "$1: the node is down, up.sh will import it"; return 0; fi
  local mark; mark=$GRIDATA_NODE_HOME/imported/$(basename "$archive")
  if [[ $mark -nt $archive ]]; then return 0; fi
  ctr_node images import "$archive" >/dev/null
  mkdir -p "${mark%/*}"; touch "$mark"
  say "$1 imported"
}

command=${1:-}; shift || true
case $command in
  debian)
    name=${1:?NAME}; shift; check_name "$name"
    apt_need mmdebstrap=mmdebstrap
    include=$(IFS=,; echo "ca-certificates${*:+,$*}")
    # slim: without documentation, manuals and translations
    mmdebstrap --quiet --variant=minbase --include="$include" --aptopt='APT::Install-Recommends "false"' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      bookworm "$WORK/rootfs.tar" >"$WORK/mm.log" 2>&1 || { cat "$WORK/mm.log" >&2; die "mmdebstrap failed"; }
    # certificate authorities that this machine trusts and a plain Debian does not (a proxy's, say), so that builds on top can download
    mkdir -p "$WORK/extra-ca"
    tar -xOf "$WORK/rootfs.tar" ./etc/ssl/certs/ca-certificates.crt >"$WORK/debian.crt"
    awk -v out="$WORK/extra-ca/host-" '/BEGIN CERT/{pem=""} {pem=pem $0 "\n"} /END CERT/{ if (NR==FNR) known[pem]=1; else if (!(pem in known)) { file = out (++n) ".crt"; printf "%s", pem >file; close(file) } }' \
      "$WORK/debian.crt" /etc/ssl/certs/ca-certificates.crt
    printf 'FROM scratch\nADD rootfs.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nCOPY extra-ca/ /usr/local/share/ca-certificates/\nRUN update-ca-certificates\nCMD ["bash"]\n' >"$WORK/Dockerfile"
    bud "$name" "$WORK" --ignorefile /dev/null ;;
  binary)
    name=${1:?NAME}; file=${2:?FILE}; shift 2; check_name "$name"
    base=$(basename "$file")
    ldd "$file" >/dev/null 2>&1 && die "$file is not static"
    mkdir -p "$WORK/c"; cp "$file" "$WORK/c/$base"; cp /etc/ssl/certs/ca-certificates.crt "$WORK/c/"
    { printf 'FROM scratch\nCOPY ca-certificates.crt /etc/ssl/certs/\nCOPY %s /%s\n' "$base" "$base"
      printf 'ENV PATH=/\nENTRYPOINT ["/%s"' "$base"; [[ $# -eq 0 ]] || printf ', "%s"' "$@"; printf ']\n'; } >"$WORK/c/Dockerfile"
    bud "$name" "$WORK/c" ;;
  dockerfile)
    name=${1:?NAME}; context=${2:?CONTEXT}; shift 2; check_name "$name"
    bud "$name" "$context" "$@" ;;
  prune) buildah_ rmi --prune >/dev/null ;;
  import)
    for name in "$@"; do
      check_name "$name"
      [[ -e $(archive_of "$name") ]] || die "$name: not in the cache"
      import "$name"
    done ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
