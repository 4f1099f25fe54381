#!/usr/bin/env bash
# Every tracked shell script parses; shellcheck says more where it is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t scripts < <(git ls-files -- '*.sh' .ci/run)
for script in "${scripts[@]}"; do
  bash -n "$script"
  [[ -x "$script" ]] || { echo "$script: got no execute bit, allowed executable. chmod +x $script" >&2; exit 1; }
done
if command -v shellcheck >/dev/null; then
  shellcheck "${scripts[@]}"
else
  echo "shellcheck is not installed: ${#scripts[@]} scripts were parsed only"
fi
