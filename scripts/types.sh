#!/usr/bin/env bash
# mypy --strict over every part, one run per part: their test modules share no package, so names may repeat.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export MYPY_CACHE_DIR="$root/build/mypy"

check() { # folder of the part, then what to check in it
  local part=$1
  shift
  echo "── $part: $*"
  (cd "$part" && uv run --no-sync mypy --config-file "$root/pyproject.toml" "$@") || failed=1
}

failed=0
check . -p gridata_contracts -p gridata_control -p gridata_jobs
check . scripts/*.py tests
for part in packages/* spark-jobs data/samples; do
  mapfile -t folders < <(cd "$part" && find . -maxdepth 1 \( -name tests -o -name bench -o -name '*.py' \) -printf '%P\n')
  [[ ${#folders[@]} -eq 0 ]] || check "$part" "${folders[@]}"
done
check airflow -p gridata_dags
exit "$failed"
