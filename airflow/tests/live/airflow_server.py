"""Airflow's four parts as processes on loopback, with a home of their own; see the real thing from outside."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")
USER = "gridata"
READY_WITHIN_S = 150.0
STEP_S = 0.5


class AirflowServer:
    """`with AirflowServer(…) as airflow:` is up when the body begins and gone when it ends.

    Args:
        home: a folder that is not there yet.
        database: URL of an empty Postgres database. On SQLite the API answers 500 whenever another part of Airflow
            writes for more than five seconds.
        dags_folder: what the processor reads.
        environment: variables for every part.
    """

    def __init__(self, home: Path, database: str, dags_folder: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{free_port()}"
        self.password = secrets.token_urlsafe(12)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRIDATA"))}
        self._environment = {**inherited, **self._configuration(database, dags_folder), **environment}
        self._client = httpx.Client(base_url=self.url, timeout=30)

    def _configuration(self, database: str, dags_folder: Path) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home / "passwords.json"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": self.url.rpartition(":")[2],
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True)
        (self.home / "passwords.json").write_text(json.dumps({USER: self.password}))
        airflow = str(Path(sys.executable).with_name("airflow"))
        subprocess.run([airflow, "db", "migrate"], env=self._environment, check=True, capture_output=True)
        for part in PARTS:
            with (self.home / f"{part}.log").open("wb") as log:
                self._processes[part] = subprocess.Popen(
                    [airflow, part], env=self._environment, stdout=log, stderr=log, start_new_session=True
                )
        try:
            self._log_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()
        for number in (signal.SIGTERM, signal.SIGKILL):  # parts leave children behind: the group is what ends
            for process in self._processes.values():
                _signal_group(process.pid, number)
            deadline = time.monotonic() + 10
            for process in self._processes.values():
                _wait(process, deadline)

    def call(self, method: str, path: str, body: object = None, allowed: tuple[int, ...] = (200,)) -> Any:
        """JSON of a REST answer; any other status fails the test with the answer's text."""
        response = self._client.request(method, f"/api/v2/{path}", json=body)
        assert response.status_code in allowed, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    def post_run(self, dag_id: str, run_id: str, conf: Mapping[str, str]) -> int:
        """Status of the answer to `POST dagRuns`."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        return self._client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body).status_code

    def wait(self, what: str, question: Callable[[], Any], within_s: float = 90) -> Any:
        """The first answer that is true.

        Raises:
            AssertionError: there was none, or a part of Airflow died.
        """
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            dead = [part for part, process in self._processes.items() if process.poll() is not None]
            assert not dead, f"{dead} ended; see {self.home}"
            if answer := question():
                return answer
            time.sleep(STEP_S)
        raise AssertionError(f"{what}: not within {within_s} s; logs are in {self.home}")

    def finished_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The run, once it has succeeded or failed."""

        def look() -> Any:
            run = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")
            return run if run["state"] in ("success", "failed") else None

        return dict(self.wait(f"end of {dag_id} {run_id}", look))

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"))

    def _log_in(self) -> None:
        def token() -> Any:
            try:
                response = self._client.post("/auth/token", json={"username": USER, "password": self.password})
            except httpx.TransportError:
                return None
            return response.json().get("access_token") if response.is_success else None

        self._client.headers["Authorization"] = f"Bearer {self.wait('API', token, READY_WITHIN_S)}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _wait(process: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        process.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        return
