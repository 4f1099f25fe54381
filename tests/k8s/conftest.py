"""The cluster that KUBECONFIG names, with Gridata in it for as long as the tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from k8s_e2e.cluster import ROOT, Cluster
from k8s_e2e.installation import Installation
from k8s_e2e.report import Report


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    assert os.environ.get("KUBECONFIG"), "no KUBECONFIG: these tests need a cluster that may be filled and emptied."
    assert shutil.which("kubectl"), "no kubectl on the PATH."
    current = subprocess.run(["kubectl", "config", "current-context"], check=True, stdout=subprocess.PIPE, text=True)
    context, agreed = current.stdout.strip(), os.environ.get("GRIDATA_E2E_CONTEXT")
    assert agreed == context, (
        f"GRIDATA_E2E_CONTEXT: got {agreed}, allowed {context}, the current context. All of its nodes are cordoned for "
        "a while: set it to say that they may be."
    )
    built = subprocess.run([str(ROOT / "scripts/build_tool.sh"), "helm"], check=True, stdout=subprocess.PIPE, text=True)
    return Cluster(built.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    """What was measured, written to build/e2e-k8s.json at the end."""
    report = Report()
    yield report
    report.write()


@pytest.fixture(scope="session")
def platform(cluster: Cluster, report: Report) -> Iterator[Installation]:
    installation = Installation(cluster)
    installation.remove()  # of a run that was killed
    try:
        with report.timed("install_to_ready_s"):
            installation.install()
        yield installation
    finally:
        installation.remove()
