"""Real faults, a real Prometheus and Alertmanager as the chart configures them, and a receiver that hears of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import by_kind

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
PRODUCTS = ROOT / "data/contracts/ecommerce/products/v1"
PATIENCE_S = 60
Render = Callable[..., list[dict[str, Any]]]


@dataclass
class Receiver:
    """Alerts as Alertmanager posts them, by the path that it posts them to."""

    port: int
    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def hears(self, path: str, alert: str, status: str = "firing") -> bool:
        """Whether it comes within the test's patience."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if (path, alert, status) in self.heard:
                return True
            time.sleep(0.2)
        return False

    def hears_no_more(self, path: str, quiet_s: float) -> bool:
        """Whether nothing comes there for so long, within the test's patience; Alertmanager holds alerts a while."""
        end, number, since = time.monotonic() + PATIENCE_S, -1, time.monotonic()
        while time.monotonic() < end:
            now = sum(heard[0] == path for heard in self.heard)
            if now != number:
                number, since = now, time.monotonic()
            elif time.monotonic() - since > quiet_s:
                return True
            time.sleep(0.2)
        return False


def binary(name: str) -> str:
    found = os.environ.get(f"GRIDATA_{name.upper()}") or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is neither on the path nor named by GRIDATA_{name.upper()}")
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                into.heard.append((self.path.strip("/"), alert["labels"]["alertname"], alert["status"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    into = Receiver(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield into
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a program, its output in a file; it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment}))
        return started[-1]

    yield begin
    for process in reversed(started):
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One batch is published; two of its three rows are rejected."""
    files = [
        PRODUCTS / "samples/invalid" / f"{name}.parquet"
        for name in ("brand-has-length", "category-is-not-null", "cost-is-at-most-column")
    ]
    arguments = [
        "--contract",
        str(PRODUCTS / "contract.odcs.yaml"),
        "--lane",
        "duckdb",
        "--home",
        str(tmp_path / "home"),
    ]
    for file in files:
        arguments += ["--file", str(file)]
    subprocess.run(["gridata", "ingest", *arguments], check=True, capture_output=True)
    return tmp_path / "home"


def write_rules(objects: list[dict[str, Any]], folder: Path) -> None:
    """Of the chart's ConfigMap, but with less patience: no rule waits, and a sweep is behind after five seconds."""
    folder.mkdir()
    (found,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-rules"]
    for name, text in found["data"].items():
        quick = re.sub(r"for: \w+", "for: 1s", text).replace("_seconds > 300", "_seconds > 5")
        (folder / name).write_text(quick)


def prometheus_config(objects: list[dict[str, Any]], rules: Path, alertmanager: int, targets: dict[str, int]) -> str:
    """The chart's, with addresses instead of a cluster's API."""
    (found,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-prometheus"]
    config = yaml.safe_load(found["data"]["prometheus.yml"])
    config["rule_files"] = [f"{rules}/*.yaml"]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in config["scrape_configs"]:
        del job["kubernetes_sd_configs"], job["relabel_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{targets[job['job_name']]}"]}]
    return yaml.safe_dump(config)


def alertmanager_config(objects: list[dict[str, Any]]) -> str:
    """The chart's, but alerts are sent at once."""
    (found,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-alertmanager"]
    return re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", str(found["data"]["alertmanager.yml"]))


def test_faults_reach_the_receiver_and_so_do_their_ends_and_the_watchdogs_silence(
    render: Render, receiver: Receiver, start: Callable[..., subprocess.Popen[bytes]], home: Path, tmp_path: Path
) -> None:
    prometheus, alertmanager = binary("prometheus"), binary("alertmanager")
    metrics, nobody, alerts = free_port(), free_port(), free_port()
    write_rules(render("gridata", "monitoring.components.minio=true"), tmp_path / "rules")
    objects = render(
        "monitoring",
        "prometheus.intervalSeconds=1",
        'scrapes.minio={"labels": {"a": "b"}, "port": "s3", "path": "/minio/metrics/v3"}',
        f'alertmanager.webhook.url="{receiver.url("alerts")}"',
        f'alertmanager.watchdog={{"url": "{receiver.url("watchdog")}", "intervalSeconds": 1}}',
    )
    (tmp_path / "alertmanager.yml").write_text(alertmanager_config(objects))
    (tmp_path / "prometheus.yml").write_text(
        prometheus_config(objects, tmp_path / "rules", alerts, {"gridata-sweep": metrics, "minio": nobody})
    )

    sweep = ["gridata", "sweep", "--watch", "--no-dispatch", "--home", str(home), f"--metrics-port={metrics}"]
    start(*sweep, GRIDATA_SWEEP_INTERVAL_S="1")
    start(
        alertmanager,
        f"--config.file={tmp_path}/alertmanager.yml",
        f"--storage.path={tmp_path}/alertmanager",
        "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{alerts}",
    )
    server = start(
        prometheus,
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/tsdb",
        f"--web.listen-address=127.0.0.1:{free_port()}",
        "--rules.alert.resend-delay=1s",
    )

    assert receiver.hears("watchdog", "GridataWatchdog")
    assert receiver.hears("alerts", "GridataQuarantineRate")
    assert receiver.hears("alerts", "GridataTargetDown")
    assert receiver.hears("alerts", "GridataStoreAbsent")
    assert ("alerts", "GridataSweepBehind", "firing") not in receiver.heard

    (home / "store").rename(home / "away")
    (home / "store").touch()
    assert receiver.hears("alerts", "GridataSweepBehind")

    (home / "store").unlink()
    (home / "away").rename(home / "store")
    assert receiver.hears("alerts", "GridataSweepBehind", "resolved")

    server.terminate()
    server.wait(timeout=20)
    assert receiver.hears_no_more("watchdog", quiet_s=5)
