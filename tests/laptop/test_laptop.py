"""The whole platform by `gridata up`: started, used, stopped and removed, in a project and a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from gridata_control.compose.project import Project
from gridata_control.samples.generate import generate
from gridata_control.samples.plan import Plan, Sizes

pytestmark = [pytest.mark.docker, pytest.mark.timeout(3600)]

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "gridata-e2e-laptop"
UP_WITHIN_S, PUBLISHED_WITHIN_S = 1500, 1500


@dataclass(frozen=True)
class Laptop:
    """A copy of what Compose reads, so that nobody's `.env` is touched.

    Attributes:
        without: services that are left out because their images cannot be had (GRIDATA_E2E_WITHOUT, with commas).
    """

    folder: Path
    environment: dict[str, str]
    without: tuple[str, ...]

    def gridata(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> str:
        command = [sys.executable, "-c", "from gridata_control.cli import main; main()", *arguments]
        ended = subprocess.run(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        )
        assert ended.returncode in allowed, f"gridata {arguments}: {ended.returncode}\n{ended.stdout}"
        return ended.stdout

    def up(self) -> None:
        left_out = [word for name in self.without for word in ("--without", name)]
        self.gridata("up", "--wait", str(UP_WITHIN_S), *left_out)

    def services(self) -> dict[str, bool]:
        told = json.loads(self.gridata("status", "--services", "--json", allowed=(0, 1)))
        return {each["service"]: each["well"] for each in told}

    def inside(self, service: str, *command: str) -> str:
        """Standard output of a command in a service's container."""
        words = ["docker", "compose", "exec", "--no-TTY", service, *command]
        ended = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def leftovers(self) -> list[str]:
        """Containers, volumes and networks of this project."""
        mine = ["--filter", f"label=com.docker.compose.project={PROJECT}", "--quiet"]
        kinds = (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
        return [
            line
            for kind in kinds
            for line in subprocess.run(
                ["docker", *kind, *mine], env=self.environment, check=True, capture_output=True, text=True
            ).stdout.split()
        ]

    def fates(self) -> dict[str, str]:
        """State by landed object, asked of the ledger from inside."""
        files = json.loads(self.inside("sweep", "gridata", "status", "--json"))["files"]
        return {each["key"]: each["state"] for each in files}

    def rows(self, table: str) -> int:
        answer = self.inside("sweep", "gridata", "sql", f"SELECT count(*) AS n FROM {table}", "--json")
        return int(json.loads(answer)[0]["n"])

    def drop(self, key: str, content: bytes) -> None:
        values = Project(self.folder, self.environment).values()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.environment['GRIDATA_PORT_MINIO']}",
            aws_access_key_id=values["MINIO_ROOT_USER"],
            aws_secret_access_key=values["MINIO_ROOT_PASSWORD"],
            region_name="us-east-1",
        )
        client.put_object(Bucket="landing", Key=key, Body=content)

    def wait_for(self, key: str) -> str:
        deadline = time.monotonic() + PUBLISHED_WITHIN_S
        while time.monotonic() < deadline:
            state = self.fates().get(key, "not seen")
            if state not in ("not seen", "SEEN", "BATCHED"):
                return state
            time.sleep(5)
        raise AssertionError(f"{key}: {state} after {PUBLISHED_WITHIN_S} s; `gridata logs` of {self.folder}")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    engine = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False)
    if not engine or engine.returncode != 0:
        pytest.skip("NOT RUN: no Docker engine answers; the platform by Docker Compose is unproved here")
    folder = tmp_path_factory.mktemp("laptop")
    shutil.copy(ROOT / "docker-compose.yml", folder)
    shutil.copytree(ROOT / "helm", folder / "helm")
    names = [name for name in _port_settings() if name not in os.environ]
    ports = {name: str(port) for name, port in zip(names, _free_ports(len(names)), strict=True)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    without = tuple(filter(None, os.environ.get("GRIDATA_E2E_WITHOUT", "").split(",")))
    made = Laptop(folder, {**kept, **ports, "COMPOSE_PROJECT_NAME": PROJECT}, without)
    made.gridata("down", "--volumes")  # of a run that was killed
    try:
        yield made
    finally:
        made.gridata("down", "--volumes")


@pytest.fixture(scope="module")
def started(laptop: Laptop) -> Laptop:
    laptop.up()
    return laptop


def test_all_services_are_well_and_a_second_up_changes_none(started: Laptop) -> None:
    first = started.inside("postgres", "psql", "-U", "gridata", "-Atc", "SELECT pg_postmaster_start_time()")

    started.up()

    assert set(started.services().values()) == {True}
    again = started.inside("postgres", "psql", "-U", "gridata", "-Atc", "SELECT pg_postmaster_start_time()")
    assert again == first


def test_a_dropped_file_becomes_rows_with_no_other_act_and_outlives_down(started: Laptop, tmp_path: Path) -> None:
    sizes = Sizes(orders=1000, customers=200, products=100, clicks=1000)
    manifest = generate(Plan(sizes=sizes), ROOT / "data/contracts", tmp_path, lambda step: None)
    drop = next(each for each in manifest.drops if each.key.endswith("customers.csv"))
    key = drop.key
    started.drop(key, (tmp_path / drop.path).read_bytes())

    assert started.wait_for(key) == "PUBLISHED"
    rows = started.rows("ecommerce_bronze.customers_v1")
    assert rows > 0

    started.gridata("down")
    started.up()

    assert started.rows("ecommerce_bronze.customers_v1") == rows
    assert started.fates()[key] == "PUBLISHED"


def test_a_killed_service_is_told_and_mended_by_the_next_up(started: Laptop) -> None:
    container = f"{PROJECT}-sweep-1"
    subprocess.run(["docker", "stop", container], env=started.environment, check=True, capture_output=True)
    assert started.services()["sweep"] is False

    started.up()

    assert started.services()["sweep"] is True


def test_down_with_volumes_leaves_nothing(started: Laptop) -> None:
    started.gridata("down", "--volumes")
    assert started.leftovers() == []


def _port_settings() -> list[str]:
    return re.findall(r"\$\{(GRIDATA_PORT_\w+):-", (ROOT / "docker-compose.yml").read_text())


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
