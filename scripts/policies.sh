#!/usr/bin/env bash
# Checkov in its own tool environment: it pins old libraries and would drag ours down. It renders charts with Helm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
if command -v go >/dev/null || [[ -x $(command -v helm) ]]; then
  helm=$(command -v helm || scripts/build_tool.sh helm | tail -n 1)
  ln -s "$helm" "$tools/helm"
else
  echo "policies: NOT CHECKED: the charts. Got no helm and no Go to build it, allowed one of them." >&2
fi
checkov() {
  PATH="$tools:$PATH" uvx --quiet "checkov==$(sed -n 's/^# *checkov: *//p' policies/checkov/config.yaml)" "$@" </dev/null
}
checkov --config-file policies/checkov/config.yaml
# Dockerfiles that lie beside what they build; the folders around them hold environments, which would be looked into.
mapfile -t dockerfiles < <(git ls-files -- 'airflow/Dockerfile' 'packages/*/Dockerfile' 'spark-jobs/Dockerfile')
skipped=$(sed -n 's/^ *- \(CKV_DOCKER_[0-9]*\) .*/\1/p' policies/checkov/config.yaml | paste -sd,)
checkov --framework dockerfile --quiet --compact --skip-download --skip-check "$skipped" --file "${dockerfiles[@]}"
