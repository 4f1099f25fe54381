"""One Airflow home per test session, set before Airflow is first imported; no test touches the user's own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_kubernetes import FakeKubernetes
from job_script import FakeJobs

PROJECT = Path(__file__).resolve().parents[1]
_HOME = tempfile.mkdtemp(prefix="gridata-airflow-")

_OF_THE_TESTS = {"GRIDATA_CACHE", "GRIDATA_UPSTREAM_CHARTS"}  # where their tools and others' charts are

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "GRIDATA")) and name not in _OF_THE_TESTS]:
    del os.environ[name]
os.environ |= {
    "AIRFLOW_HOME": _HOME,
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
}


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture
def fake_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJobs]:
    """`gridata-job` is the stand-in, for this process and its children."""
    jobs = FakeJobs(tmp_path / "jobs")
    for name, value in jobs.environment.items():
        monkeypatch.setenv(name, value)
    yield jobs
    jobs.end_all()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    """An API server in this process that back ends find, with job templates."""
    from job_cluster import open_fake  # loads Airflow

    with open_fake(tmp_path, monkeypatch) as found:
        yield found
