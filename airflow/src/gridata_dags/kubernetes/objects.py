"""Names of a job's objects in the cluster: the same for every try, so that none is started twice."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import Job

INSTALLATION_VARIABLE = "GRIDATA_INSTALLATION"
"""Variable that tells the jobs of one Airflow from another's in the same namespace."""
KEY_LABEL = "gridata.io/job-key"
"""Label with a digest of the job's key: every attempt of the job has it, and the pods that Spark makes for it."""
INSTALLATION_LABEL = "gridata.io/installation"
COMPONENT_LABEL = "app.kubernetes.io/component"
ATTEMPT_LABEL = "gridata.io/attempt"
COLLECTED_LABEL = "gridata.io/collected"
"""Label of an object whose end a task has seen; it is kept for people, and never adopted again."""
_DAG_CHARS, _TASK_CHARS, _DIGEST_CHARS = 20, 12, 10
_LABEL_CHARS = 63


class Kind(StrEnum):
    """What a job is in the cluster."""

    POD = "pod"
    SPARK_APPLICATION = "spark-application"


@dataclass(frozen=True)
class Ref:
    """One object."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The object with this text.

        Raises:
            PermanentError: it is no such text.
        """
        kind, _, rest = text.partition("/")
        namespace, _, name = rest.partition("/")
        if kind not in set(Kind) or not namespace or not name:
            raise PermanentError(f"job id: got {text!r}, allowed <kind>/<namespace>/<name>. Submit the job again.")
        return cls(Kind(kind), namespace, name)


def installation() -> str:
    """This installation's name as a label holds it."""
    return _slug(os.environ.get(INSTALLATION_VARIABLE, ""), _LABEL_CHARS)


def key_digest(job: Job) -> str:
    """What a label can hold of a key of any length and letters, and of whose key it is."""
    return hashlib.sha256(f"{os.environ.get(INSTALLATION_VARIABLE, '')}\0{job.key}".encode()).hexdigest()[:32]


def object_name(job: Job, attempt: int) -> str:
    """`<dag>-<task>-<digest of the key>-<attempt>`: at most 48 characters, since Spark adds a suffix to it.

    >>> object_name(Job("ecommerce_orders_pipeline.ingest.b-1__r1", "ingest", ()), 1)
    'ecommerce-orders-pip-ingest-d4cb45f0d0-1'
    """
    dag, task, *_ = [*job.key.split("."), ""]
    parts = (_slug(dag, _DAG_CHARS), _slug(task, _TASK_CHARS), key_digest(job)[:_DIGEST_CHARS], str(attempt))
    return "-".join(part for part in parts if part)


def labels(job: Job, attempt: int, component: str = "job") -> Mapping[str, str]:
    """What an object is found, counted and billed by.

    Args:
        job: whose it is.
        attempt: of the job.
        component: `job`, or what Spark makes for it: `driver`, `executor`.
    """
    dag, task, *_ = [*job.key.split("."), ""]
    return {
        "app.kubernetes.io/managed-by": "gridata-airflow",
        COMPONENT_LABEL: component,
        INSTALLATION_LABEL: installation(),
        "gridata.io/dag": _slug(dag, _LABEL_CHARS),
        "gridata.io/task": _slug(task, _LABEL_CHARS),
        "gridata.io/domain": job.domain,
        KEY_LABEL: key_digest(job),
        ATTEMPT_LABEL: str(attempt),
    }


def _slug(text: str, most: int) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].strip("-")
