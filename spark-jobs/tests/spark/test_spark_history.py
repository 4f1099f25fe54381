"""Event logs for real: a job's session on Postgres and MinIO, and Spark's history server over the copy of its log."""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyspark
import pytest
from sqlalchemy.engine import make_url

from gridata_jobs.spark_events.bucket import EventBucket
from gridata_jobs.spark_events.mirror import Mirror

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

EVENTS = "s3://logs/spark-events"
HISTORY_SERVER = "org.apache.spark.deploy.history.HistoryServer"
PASSWORD = "canary-of-the-database"
ROW_CANARY = "canary-of-a-row"
# One table with one row of a canary, and then until somebody ends it, if asked.
PROGRAM = f"""
import os, sys, time
import gridata_jobs.spark_events.sender as sender
from gridata_jobs.log import log_to_stderr
from gridata_jobs.spark import spark_session
from gridata_control.settings import Settings
log_to_stderr()
sender.SEND_EVERY_S = 1.0
with spark_session(Settings.load(), sys.argv[1]) as spark:
    spark.sql("CREATE NAMESPACE IF NOT EXISTS shop")
    spark.createDataFrame([("{ROW_CANARY}", 1)], "name string, n int").writeTo(f"shop.{{sys.argv[1]}}").create()
    assert spark.table(f"shop.{{sys.argv[1]}}").where("n > 0").count() == 1
    print("worked", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of a job, credentials among them."""
    folder = str(Path(__file__).parents[3] / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    minio: Any = importlib.import_module("servers.minio")
    postgres: Any = importlib.import_module("servers.postgres")
    with minio.minio(tmp_path_factory.mktemp("minio")) as store, postgres.postgres() as database:
        store.make_bucket("logs", versioned=False)
        # The server trusts whoever comes; the client sends the password all the same.
        address = make_url(str(database.make_database())).set(password=PASSWORD)
        url = address.render_as_string(hide_password=False)
        yield {
            **store.environment,
            "GRIDATA_HOME": str(tmp_path_factory.mktemp("home")),
            "GRIDATA_CATALOG_URI": url,
            "GRIDATA_LEDGER_URL": url,
            "GRIDATA_WAREHOUSE": f"s3://{store.make_bucket('lake')}/warehouse",
            "GRIDATA_SPARK_EVENTS": EVENTS,
            "GRIDATA_SPARK_HISTORY_URL": "https://gridata.example/spark-history",
            "GRIDATA_SPARK_MASTER": "local[2]",
        }


@pytest.fixture(scope="module")
def bucket(environment: dict[str, str]) -> Iterator[EventBucket]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield EventBucket(EVENTS, environment["GRIDATA_S3_ENDPOINT"])


def command(name: str, stay_s: int) -> list[str]:
    return [sys.executable, "-c", PROGRAM, name, str(stay_s)]


@pytest.fixture(scope="module")
def ended(environment: dict[str, str]) -> str:
    """What an application that ended well said on its standard error."""
    variables = {**os.environ, **environment}
    done = subprocess.run(command("ended", 0), env=variables, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


@pytest.fixture(scope="module")
def killed(environment: dict[str, str], bucket: EventBucket) -> str:
    """Id of an application that was killed after its work, as by the kernel or with its node."""
    before = set(bucket.tags())
    running = subprocess.Popen(
        command("killed", 500),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == b"worked\n"
        time.sleep(3)  # what comes within one turn of the sender may be lost
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
    (folder,) = {name.split("/")[0] for name in set(bucket.tags()) - before}
    return folder.removeprefix("eventlog_v2_")


def content(bucket: EventBucket, folder: Path) -> str:
    """Every event of every log, as the history server reads it."""
    text = []
    for name in bucket.tags():
        if "/events_" in name:
            bucket.fetch(name, folder / "log")
            packed = io.BytesIO((folder / "log").read_bytes())
            text.append(pa.CompressedInputStream(pa.PythonFile(packed, "r"), "zstd").read().decode())
    return "\n".join(text)


def test_no_credential_and_no_row_is_in_an_event_log(
    environment: dict[str, str], ended: str, bucket: EventBucket, tmp_path: Path
) -> None:
    text = content(bucket, tmp_path)

    assert "SparkListenerEnvironmentUpdate" in text
    assert "spark.sql.catalog.gridata" in text  # the catalog's settings are in it, so its password might be
    assert "SparkListenerApplicationEnd" in text
    for secret in (PASSWORD, environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_ACCESS_KEY_ID"], ROW_CANARY):
        assert secret not in text


def test_a_jobs_log_names_its_page_of_the_history_server(ended: str, bucket: EventBucket) -> None:
    said = [json.loads(line) for line in ended.splitlines() if '"spark history' in line]

    (line,) = said
    assert line["message"] == (
        f"spark history: https://gridata.example/spark-history/history/{line['spark_application']}/jobs/"
    )
    assert f"eventlog_v2_{line['spark_application']}/appstatus_{line['spark_application']}" in bucket.tags()


def test_the_history_server_shows_what_has_ended_and_what_was_killed(
    environment: dict[str, str], ended: str, killed: str, bucket: EventBucket, tmp_path: Path
) -> None:
    Mirror(tmp_path, bucket).look()

    with history_server(tmp_path) as url:
        shown = wait_for_applications(url, 2)
        jobs = get(f"{url}/api/v1/applications/{killed}/jobs")
        page = urllib.request.urlopen(f"{url}/", timeout=120).read().decode()

    assert {name: attempts[0]["completed"] for name, attempts in shown.items()} == {"ended": True, "killed": False}
    assert jobs
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}
    assert 'href="/spark-history/static/' in page


@contextmanager
def history_server(folder: Path) -> Iterator[str]:
    """Spark's own, with the settings of the chart, on a port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "spark.history.ui.port": port,
        "spark.ui.proxyBase": "/spark-history",
        "spark.history.fs.logDirectory": (folder / "logs").as_uri(),
        "spark.history.fs.update.interval": "1s",
    }
    (folder / "history.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    jars = Path(pyspark.__file__).parent / "jars"
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*("java", "-cp", f"{jars}/*", HISTORY_SERVER), "--properties-file", str(folder / "history.conf")],
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for_applications(url: str, number: int) -> dict[str, Any]:
    """Attempts by the application's name, once there are so many applications."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            found = get(f"{url}/api/v1/applications")
        except OSError:  # not up yet
            found = []
        if len(found) >= number:
            return {each["name"]: each["attempts"] for each in found}
        time.sleep(1)
    raise AssertionError(f"{url}: not {number} applications within 300 s")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=120) as answer:
        return json.load(answer)
