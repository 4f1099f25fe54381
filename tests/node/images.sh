#!/usr/bin/env bash
# Gridata's images on the node, built where the cache has none of this very tree; then the settings of `make e2e-k8s`.
#   images.sh            control, spark-jobs, airflow, minio, postgres: what `make e2e-k8s` needs
#   images.sh --vault    and Vault, for `make drill`; its program takes a quarter of an hour to build
# A tag is the hash of what its image is built from, changed files among it: the same tree builds nothing twice, and what
# was built from another is deleted from the cache.
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need_root

hashed() { # PATH... : of what lies there, tests left out
  (cd "$ROOT" && git ls-files -z -- "$@" ':!*/tests/*' ':!*/bench/*' | xargs -0 sha256sum | sha256sum | cut -c1-12)
}
common=(LICENSE NOTICE .dockerignore helm/images/sbom.py data packages/gridata-contracts)
tag=tree-$(hashed "${common[@]}" pyproject.toml uv.lock packages spark-jobs)
airflow_tag=tree-$(hashed "${common[@]}" airflow)

for stale in "$IMAGES"/localhost_gridata_*_tree-*.tar; do
  [[ ! -e $stale || $stale == *_"$tag".tar || $stale == *_"$airflow_tag".tar ]] || rm "$stale"
done
give() { # NAME HOW... : on the node, from the cache or built
  local name=$1
  shift
  if [[ -e $(archive_of "$name") ]]; then "$TREE/image.sh" import "$name"; else "$TREE/image.sh" "${1:?}" "$name" "${@:2}"; fi
}
ours() { # NAME TAG DOCKERFILE
  give "localhost/gridata/$1:$2" dockerfile "$ROOT" --file "$ROOT/$3" --build-arg "BASE_IMAGE=$BASE_IMAGE"
}
ours control "$tag" packages/gridata-control/Dockerfile
ours spark-jobs "$tag" spark-jobs/Dockerfile
ours airflow "$airflow_tag" airflow/Dockerfile
give localhost/postgres:15 dockerfile "$ROOT/tests/k8s/images/postgres" --build-arg "BASE_IMAGE=$BASE_IMAGE"
minio=$("$ROOT/scripts/build_tool.sh" minio | tail -n 1)
ln -sf "$minio" "$BIN/minio"
give localhost/gridata/minio:20260212 binary "$BIN/minio"

settings=(KUBECONFIG="$ADMIN" GRIDATA_E2E_CONTEXT="$NODE_NAME" GRIDATA_E2E_IMAGES=localhost/gridata GRIDATA_E2E_TAG="$tag"
  GRIDATA_E2E_AIRFLOW_TAG="$airflow_tag" GRIDATA_E2E_POSTGRES=localhost/postgres)
if [[ ${1:-} == --vault ]]; then
  mkdir -p "$GRIDATA_NODE_HOME/vault"
  cp "$("$ROOT/scripts/build_tool.sh" vault | tail -n 1)" "$GRIDATA_NODE_HOME/vault/vault"
  give localhost/vault:1.21.0 dockerfile "$GRIDATA_NODE_HOME/vault" --file "$ROOT/tests/k8s/images/vault/Dockerfile" \
    --build-arg "BASE_IMAGE=$BASE_IMAGE"
  settings+=(GRIDATA_E2E_VAULT=localhost/vault:1.21.0)
fi
echo "export ${settings[*]} PATH=$BIN:\$PATH"
