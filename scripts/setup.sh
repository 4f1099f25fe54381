#!/usr/bin/env bash
# Install what Gridata runs on: two locked environments and Spark's jars. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing() {
  echo "setup: got no $1, allowed $2. $3" >&2
  exit 2
}
command -v uv >/dev/null || missing uv "uv 0.8 or later" "pip install uv"
java_version=$( (java -version 2>&1 || true) | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
[[ "$java_version" == 17 || "$java_version" == 21 ]] ||
  missing "Java 17 (${java_version:-none found})" "Java 17 or 21" "On Debian: apt-get install openjdk-17-jre-headless"

# Compiled once here: every job, DAG and command is a process of its own and would compile its imports each time
# where the environment forbids writing bytecode.
export UV_COMPILE_BYTECODE=1
uv sync --all-packages --locked --quiet
uv sync --project airflow --locked --quiet
uv run --no-sync python -m compileall -q packages spark-jobs/src
uv run --no-sync python -m gridata_jobs.jars
