#!/usr/bin/env bash
# Builds a tool from its pinned source into ${GRIDATA_CACHE:-~/.cache/gridata}/bin. Needs Go; minutes on 2 cores.
#   scripts/build_tool.sh minio            the store of the integration tests (docs/adr/0004: it has no binaries any more)
#   scripts/build_tool.sh helm             renders the charts
#   scripts/build_tool.sh etcd             under the API server
#   scripts/build_tool.sh kube-apiserver   where the tests of jobs in a cluster make their objects; the longest build
# The last line it prints is the path of the binary. The same versions stand in helm/versions.yaml; a test compares them.
set -euo pipefail

package='' staging='' ldflags='' tags='' # a tool with a package is built by `wrapped`
case "${1:-}" in
  minio) module=github.com/minio/minio version=v0.0.0-20260212201848-7aac2a2c5b7c ;;
  helm) module=helm.sh/helm/v3/cmd/helm version=v3.22.0 ;;
  etcd) module=go.etcd.io/etcd/server/v3 version=v3.6.8 package=$module ;;
  kube-apiserver)
    module=k8s.io/kubernetes version=v1.34.4
    package=$module/cmd/kube-apiserver staging=v0${version#v1}
    said=k8s.io/component-base/version
    minor=${version#v1.}
    ldflags="-X $said.gitVersion=$version -X $said.gitMajor=1 -X $said.gitMinor=${minor%.*}"
    ;;
  *)
    echo "build_tool: got '${1:-}', allowed minio, helm, etcd or kube-apiserver." >&2
    exit 2
    ;;
esac
name=$1
bin=${GRIDATA_CACHE:-$HOME/.cache/gridata}/bin
binary=$bin/$name-$version # another pin is another file

# wrapped MODULE VERSION PACKAGE [STAGING] [LDFLAGS] [TAGS]: builds $work/$name in a module that requires MODULE and repeats
# the replacements of its go.mod, which Go honours in the main module only; `go install` refuses a module that has any.
# Replacements by a folder of the same repository are left out: what is published names those by version. STAGING is the
# version of the modules that a go.mod asks for as v0.0.0, as Kubernetes does with its own.
wrapped() {
  local module=$1 version=$2 package=$3 staging=${4:-} ldflags=${5:-} tags=${6:-} theirs
  theirs=$(go mod download -json "$module@$version" | sed -n 's/^\t"GoMod": "\(.*\)",\{0,1\}$/\1/p')
  mkdir "$work/module"
  {
    echo "module gridata/tool"
    grep -E '^go ' "$theirs"
    echo "require $module $version"
    grep '=>' "$theirs" | grep -vE '=> +\.' | sed -E 's/^(replace)?[[:space:]]*/replace /' || true
    if [[ -n $staging ]]; then
      sed -nE "s|^[[:space:]]*([^[:space:]]+) v0\.0\.0\$|replace \1 => \1 $staging|p" "$theirs" | sort -u
    fi
  } >"$work/module/go.mod"
  (
    cd "$work/module"
    CGO_ENABLED=0 go build -mod=mod -trimpath -tags="$tags" -ldflags="-s -w $ldflags" -o "$work/$name" "$package"
  )
}

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
if [[ -n $package ]]; then
  wrapped "$module" "$version" "$package" "$staging" "$ldflags" "$tags"
else
  GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "$module@$version"
fi
mv "$work/$name" "$binary" # whole or not at all
echo "$binary"
