"""A cluster of this process with the installation's job templates, and two jobs for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from fake_kubernetes import FakeKubernetes, fake_kubernetes
from gridata_dags.backends import open_backend
from gridata_dags.jobs import DeferrableBackend, Job
from gridata_dags.kubernetes import backend as backend_module

KEY = "ecommerce_orders_pipeline.ingest.ecommerce-orders_v1-0123456789abcdef0123__r1"
INGEST = Job(KEY, "ingest", ("--batch", "b-1"), domain="ecommerce")
TRANSFORM = Job(KEY.replace("ingest", "process_orders"), "process_orders", (), "medium", "spark", "ecommerce")
REPORT = {"job": "ingest", "run_id": "r1", "valid": 3}
LOG = f"{json.dumps({'level': 'INFO', 'logger': 'gridata_jobs.ingest', 'job': 'ingest'})}\n{json.dumps(REPORT)}\nbye\n"

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"namespace": "gridata-{domain}", "labels": {"app.kubernetes.io/name": "gridata-job"}},
    "spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "job", "image": "jobs:1"}, {"name": "proxy", "image": "p"}],
    },
}
SPARK_POD = {**POD, "spec": {**POD["spec"], "serviceAccountName": "gridata-driver"}}  # type: ignore[dict-item]
APPLICATION = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"namespace": "gridata-{domain}"},
    "spec": {
        "type": "Python",
        "driver": {"cores": 1, "memory": "1g"},
        "executor": {"cores": 1, "memory": "1g", "instances": 1},
        "sparkConf": {"spark.a": "1"},
    },
}
PROFILES = {
    "small": {"resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}},
    "medium": {
        "resources": {"limits": {"memory": "2Gi"}},
        "sparkPod": {"resources": {"limits": {"memory": "1Gi"}}, "conf": {"spark.executor.memory": "4g"}},
        "sparkApplication": {"executor": {"memory": "4g"}, "sparkConf": {"spark.b": "2"}},
    },
}


@contextmanager
def open_fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    """The cluster that this process's back ends talk to."""
    templates = tmp_path / "templates"
    templates.mkdir()
    documents = (("pod", POD), ("spark-pod", SPARK_POD))
    for name, body in (*documents, ("spark-application", APPLICATION), ("profiles", PROFILES)):
        (templates / f"{name}.yaml").write_text(yaml.safe_dump(body))
    monkeypatch.setenv("GRIDATA_JOB_TEMPLATES", str(templates))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setattr(backend_module, "POLL_S", 0.05)
    with fake_kubernetes(tmp_path / "kubeconfig") as found:
        yield found


def open_cluster() -> DeferrableBackend:
    """What an installation runs jobs with."""
    backend = open_backend("kubernetes")
    assert isinstance(backend, DeferrableBackend)
    return backend
