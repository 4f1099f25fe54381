#!/bin/sh
# Spark's hook before an executor's container is stopped: the executor is asked to hand over its blocks, and the
# container lives until it has, or until the pod's time of grace is over. tini, process 1, passes the signal on.
set -eu

executor=$(grep -l '^java' /proc/[0-9]*/comm 2>/dev/null | head -n 1 | cut -d/ -f3)
if [ -z "$executor" ]; then
  exit 0
fi
kill -s PWR 1
while [ -d "/proc/$executor" ]; do sleep 0.5; done
