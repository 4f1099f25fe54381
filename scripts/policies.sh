#!/usr/bin/env bash
# Checkov in its own tool environment: it pins old libraries and would drag ours down.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uvx --quiet "checkov==$(sed -n 's/^# *checkov: *//p' policies/checkov/config.yaml)" \
  --config-file policies/checkov/config.yaml </dev/null
