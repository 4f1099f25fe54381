"""The pools that this installation's jobs wait in, one for each domain and engine.

The chart writes the document; Airflow's database gets it from `airflow pools import` before any DAG is read. A pool
counts deferred tasks, too (`include_deferred`): a job's task is deferred for as long as the job runs. Without the
document, as on a laptop, all jobs share Airflow's own pool.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from functools import cache
from pathlib import Path

POOLS_VARIABLE = "GRIDATA_POOLS"
"""Variable with the document's path, in the form that `airflow pools import` reads."""
AIRFLOWS_OWN = "default_pool"


def pool_of(engine: str, domain: str) -> str:
    """`<engine>-<domain>`, or Airflow's own where the document has no such pool: a task would wait for it for ever.

    An ingest is of DuckDB's pool although its batch may turn out to need Spark: that is known when its run starts. The
    chart's sizes leave room for it.
    """
    name = f"{engine}-{domain}"
    return name if name in _names(os.environ.get(POOLS_VARIABLE, "")) else AIRFLOWS_OWN


@cache
def _names(path: str) -> Collection[str]:
    return frozenset(json.loads(Path(path).read_text(encoding="utf-8"))) if path else frozenset()
