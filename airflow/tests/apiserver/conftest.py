"""One API server for all, with the chart's objects of jobs; each test is a run of its own."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Condition

import pytest
from servers.apiserver import api_server

from apiserver.installation import (
    OUR_DEFINITION,
    Installation,
    administrator,
    rendered,
    their_definition,
    write_templates,
)
from apiserver.kubelet import Kubelet, kubelet
from apiserver.spark_operator import SparkOperator
from gridata_dags.jobs import JsonObject
from gridata_dags.kubernetes import backend as backend_module
from gridata_dags.kubernetes.cluster import Cluster
from gridata_dags.kubernetes.objects import Kind, Ref

LOOKED_WITHIN_S = 10.0


class Looks:
    """States of applications as Airflow saw them, each once in a row."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self._times = 0
        self._changed = Condition()

    def note(self, found: JsonObject | None) -> None:
        status = (found or {}).get("status") or {}
        state = str(status.get("applicationState", {}).get("state", "")) if found else "gone"
        with self._changed:
            if self.states[-1:] != [state]:
                self.states.append(state)
                self._times = 0
            self._times += 1
            self._changed.notify_all()

    def wait_for(self, state: str) -> bool:
        """Whether Airflow looked twice while it stood so: had it taken one for an end, the next says so."""
        with self._changed:
            return self._changed.wait_for(lambda: self.states[-1:] == [state] and self._times > 1, LOOKED_WITHIN_S)


@pytest.fixture(scope="session")
def bare_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with api_server(tmp_path_factory.mktemp("apiserver")) as server:
        found = administrator(server)
        found.install(rendered())
        yield found
        found.client.close()


@pytest.fixture(scope="session")
def node(bare_cluster: Installation) -> Iterator[Kubelet]:
    with kubelet(bare_cluster.core, bare_cluster.server) as found:
        yield found


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_templates(rendered(), tmp_path_factory.mktemp("chart") / "templates")


@pytest.fixture(scope="session")
def kubeconfig(bare_cluster: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("airflow") / "kubeconfig"
    bare_cluster.write_kubeconfig(path)
    return path


@pytest.fixture
def installed(
    bare_cluster: Installation, templates: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """The cluster with room, and this process as Airflow in it."""
    monkeypatch.setenv("GRIDATA_JOB_TEMPLATES", str(templates))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr(backend_module, "POLL_S", 0.05)
    bare_cluster.count_quota()
    return bare_cluster


DEFINITIONS = [path for path in (OUR_DEFINITION, their_definition()) if path is not None]


@pytest.fixture(scope="session", params=DEFINITIONS, ids=lambda path: "ours" if path == OUR_DEFINITION else "theirs")
def defined(request: pytest.FixtureRequest, bare_cluster: Installation) -> None:
    """A SparkApplication is what our definition says, or the operator's own."""
    bare_cluster.define(request.param)


@pytest.fixture(scope="session")
def session_operator(bare_cluster: Installation, node: Kubelet, defined: None) -> Iterator[SparkOperator]:
    found = SparkOperator(bare_cluster, node)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def spark_operator(session_operator: SparkOperator, installed: Installation) -> SparkOperator:
    session_operator.deletes_drivers = True
    return session_operator


@pytest.fixture
def run_id() -> str:
    return f"b-{uuid.uuid4().hex[:8]}__r1"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """What Airflow sees of applications from here on."""
    found, read = Looks(), Cluster.read

    def noted(cluster: Cluster, ref: Ref) -> JsonObject | None:
        answer = read(cluster, ref)
        if ref.kind is Kind.SPARK_APPLICATION:
            found.note(answer)
        return answer

    monkeypatch.setattr(Cluster, "read", noted)
    return found
