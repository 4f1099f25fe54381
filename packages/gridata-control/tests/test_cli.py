"""The `gridata` command as people and scripts use it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.cli.failures import exit_code_of
from gridata_control.ledger import BatchState, FileState, open_ledger
from gridata_control.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
FAKE_JOB = """\
#!{python}
import json, os, sys
from pathlib import Path
from gridata_contracts.load import load_contracts
from gridata_control.landing import open_store
from gridata_control.ledger import FileOutcome, FileState, open_ledger
from gridata_control.settings import Settings
if sys.argv[1] == "check":
    print(json.dumps(sys.argv[1:]))
    sys.exit(1)
if os.environ.get("FAKE_EXIT"):
    print("log line of a job that failed", file=sys.stderr, flush=True)
    code = int(os.environ["FAKE_EXIT"])
    os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
settings = Settings.load()
ledger, store = open_ledger(settings), open_store(settings)
batch = ledger.batch(sys.argv[3])
assert load_contracts(settings.contracts_dir)[batch.dataset].hash == batch.contract_hash
if os.environ.get("FAKE_HOLD") and sys.argv[6:] != ["--override-gate", "true"]:
    ledger.hold(batch.id, None, {{}}, "gate closed")
    print(json.dumps({{"rows_in": 2, "valid": 0, "rejected": 2, "failed": 1}}))
    sys.exit(1)
outcomes = []
for file in batch.files:
    with store.open(file.key, file.version_id) as stream:
        n = len(stream.read().splitlines())
    outcomes.append(FileOutcome(file.file_id, FileState.PUBLISHED, None, n, n - 1, 1, file.content_sha256))
ledger.publish(batch.id, outcomes, 11, 12, {{}})
print("noise before the report")
print(json.dumps({{"metrics": {{"seconds": 1.5, "steps": {{"read": 0.5}}}}, "lane": sys.argv[5]}}))
"""


@pytest.fixture
def gridata(environment: dict[str, str], tmp_path: Path) -> Run:
    job = tmp_path / "fake-job"
    job.write_text(FAKE_JOB.format(python=sys.executable))
    job.chmod(job.stat().st_mode | stat.S_IXUSR)

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from gridata_control.cli import main; main()", *map(str, arguments)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GRIDATA_")}
        return subprocess.run(
            command,
            env=clean | environment | {"GRIDATA_JOB_COMMAND": str(job)} | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def sqlite_shop(environment: dict[str, str]) -> Settings:
    return Settings.load(environ=environment)


@pytest.fixture
def orders_file(tmp_path: Path) -> Path:
    path = tmp_path / "orders file.jsonl"
    path.write_text('{"id":"1"}\n{"id":"2"}\n')
    return path


@pytest.fixture
def contract_path(home: Path) -> Path:
    return home.parent / "contracts/shop/orders/v1/contract.odcs.yaml"


def test_help_lists_commands_and_loads_no_engine(gridata: Run) -> None:
    shown = gridata("--help")
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import gridata_control.cli"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr

    assert shown.returncode == 0
    assert "Put files into the landing store" in shown.stdout
    for heavy in ("duckdb", "pyiceberg", "datahub", "sqlalchemy", "boto3", "pyarrow", "rich"):
        assert f" {heavy}\n" not in modules


def test_an_unknown_command_gets_a_did_you_mean_and_exit_code_2(gridata: Run) -> None:
    result = gridata("stauts")
    assert result.returncode == 2
    assert "Did you mean 'status'?" in result.stderr


def test_land_sweep_status_tell_one_story(gridata: Run, orders_file: Path, home: Path) -> None:
    landed = gridata("land", orders_file, "--dataset", "shop.orders", "--date", "2026-01-31", "--json")
    assert landed.returncode == 0, landed.stderr
    [file] = json.loads(landed.stdout)
    assert file["key"] == "landing/shop/orders/v1/2026-01-31/orders file.jsonl"
    assert (home / "store" / file["key"]).read_bytes() == orders_file.read_bytes()

    swept = json.loads(gridata("sweep", "--no-dispatch", "--json").stdout)
    assert (swept["new"], len(swept["batches"]), swept["runs"]) == ({"SEEN": 1}, 1, [])

    told = json.loads(gridata("status", "--json").stdout)
    assert [each["state"] for each in told["files"]] == ["BATCHED"]
    assert told["batches"][0]["batch_id"] == swept["batches"][0]["batch_id"]
    table = gridata("status").stdout
    assert "BATCHED" in table
    assert "READY" in table


def test_status_of_a_new_home_says_how_to_start(gridata: Run) -> None:
    assert "gridata land" in gridata("status").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["FILE", "--dataset", "shop.order"], "Did you mean shop.orders.v1?"),
        (["FILE", "--dataset", "nonsense"], "allowed shop.events.v1, shop.orders.v1"),
        (["missing.jsonl", "--dataset", "shop.orders"], "missing.jsonl: got no such file"),
        ([".", "--dataset", "shop.orders"], "got a folder"),
        (["FILE", "--dataset", "shop.orders", "--date", "yesterday"], "allowed YYYY-MM-DD"),
        (["FILE", "--dataset", "shop.orders", "--as", "../../x.jsonl"], "path segment"),
        (["FILE", "--dataset", "shop.orders", "--as", "a\nb.jsonl"], "control character"),
        (["FILE", "FILE", "--dataset", "shop.orders", "--as", "a.jsonl"], "got 2 files, allowed one"),
    ],
)
def test_wrong_use_of_land_is_told_in_one_message(
    gridata: Run, orders_file: Path, home: Path, arguments: list[str], message: str
) -> None:
    result = gridata("land", *(orders_file if word == "FILE" else word for word in arguments))

    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert list(home.glob("store/landing/**/*.jsonl")) == []


def test_ingest_makes_one_batch_and_reports_it(
    gridata: Run, orders_file: Path, contract_path: Path, tmp_path: Path, sqlite_shop: Settings
) -> None:
    other = tmp_path / "b.jsonl"
    other.write_text("{}\n{}\n{}\n")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "notes.txt").write_text("x")
    files = [
        part
        for path in (orders_file, other, tmp_path / "empty.jsonl", tmp_path / "notes.txt")
        for part in ("--file", path)
    ]

    result = gridata("ingest", "--contract", contract_path, *files, "--lane", "duckdb", "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    counted = {name: report[name] for name in ("rows_in", "valid", "rejected", "files_rejected")}
    assert counted == {"rows_in": 5, "valid": 3, "rejected": 2, "files_rejected": 1}
    assert (report["bronze_snapshot_id"], report["quarantine_snapshot_id"], report["lane"]) == (11, 12, "duckdb")
    assert set(report["seconds"]) == {"land", "read", "job"}
    states = {file["key"].rpartition("/")[2]: file["state"] for file in report["files"]}
    assert states == {
        "orders file.jsonl": "PUBLISHED",
        "b.jsonl": "PUBLISHED",
        "empty.jsonl": "EMPTY",
        "notes.txt": "REFUSED",
    }
    assert len(open_ledger(sqlite_shop).batches()) == 1


def test_ingesting_the_same_files_again_starts_no_job(
    gridata: Run, orders_file: Path, contract_path: Path, sqlite_shop: Settings
) -> None:
    first = json.loads(gridata("ingest", "--contract", contract_path, "--file", orders_file, "--json").stdout)
    again = gridata("ingest", "--contract", contract_path, "--file", orders_file, "--json", FAKE_EXIT="3")

    assert again.returncode == 0
    assert {**json.loads(again.stdout), "seconds": 0} == {
        **{name: value for name, value in first.items() if name not in ("metrics", "lane")},
        "seconds": 0,
    }


def test_files_of_one_name_are_ingested_under_a_key_each_and_found_again(
    gridata: Run, contract_path: Path, sqlite_shop: Settings, tmp_path: Path
) -> None:
    one, other = paths = [tmp_path / day / "x.jsonl" for day in ("monday", "tuesday")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(f'{{"id":"{path.parent.name}"}}\n')
    asked = ("ingest", "--contract", contract_path, "--json", "--file")

    first = json.loads(gridata(*asked, one, "--file", other).stdout)
    again = gridata(*asked, other, "--file", one, FAKE_EXIT="3")

    keys = {f"landing/shop/orders/v1/{path.parent.name}/x.jsonl" for path in paths}
    assert {file["key"] for file in first["files"]} == keys
    assert (first["rows_in"], again.returncode, json.loads(again.stdout)["batch_id"]) == (2, 0, first["batch_id"])
    assert open_ledger(sqlite_shop).file_counts() == {FileState.PUBLISHED: 2}


@pytest.mark.parametrize(("code", "expected"), [(3, 3), (4, 4), (137, 4), (-9, 4)])
def test_a_job_that_failed_gives_its_exit_code_and_the_next_call_finishes_its_batch(
    gridata: Run, orders_file: Path, contract_path: Path, sqlite_shop: Settings, code: int, expected: int
) -> None:
    failed = gridata("ingest", "--contract", contract_path, "--file", orders_file, FAKE_EXIT=str(code))
    assert failed.returncode == expected
    assert "log line of a job that failed" in failed.stderr
    was_killed = code not in (3, 4)
    assert ("was killed by SIGKILL" in failed.stderr) == was_killed
    assert ("its own message is above" in failed.stderr) != was_killed
    assert "Traceback" not in failed.stderr

    assert gridata("ingest", "--contract", contract_path, "--file", orders_file).returncode == 0
    ledger = open_ledger(sqlite_shop)
    assert [record.state for record in ledger.batches()] == [BatchState.PUBLISHED]
    assert ledger.file_counts() == {FileState.PUBLISHED: 1}


def test_a_contract_fixed_after_a_failure_is_used_for_the_same_file(
    gridata: Run, orders_file: Path, contract_path: Path, sqlite_shop: Settings
) -> None:
    gridata("ingest", "--contract", contract_path, "--file", orders_file, FAKE_EXIT="3")
    contract_path.write_text(contract_path.read_text().replace("version: 1.0.0", "version: 1.0.1"))

    result = gridata("ingest", "--contract", contract_path, "--file", orders_file)

    assert result.returncode == 0, result.stderr
    states = sorted(record.state for record in open_ledger(sqlite_shop).batches())
    assert states == [BatchState.PUBLISHED, BatchState.SUPERSEDED]


def test_a_name_that_cannot_be_taken_is_told_and_holds_up_no_other_file(
    gridata: Run, orders_file: Path, contract_path: Path, sqlite_shop: Settings, tmp_path: Path
) -> None:
    hostile = tmp_path / "new\nline.jsonl"
    hostile.write_text("{}\n")

    result = gridata("ingest", "--contract", contract_path, "--file", orders_file, "--file", hostile, "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["rows_in"], report["files_rejected"]) == (2, 1)
    published, refused = report["files"]
    assert published["state"] == "PUBLISHED"
    assert (refused["key"], refused["state"], refused["reason"]) == (
        "landing/shop/orders/v1/new\\nline.jsonl",
        "REFUSED",
        "FORBIDDEN_NAME",
    )
    assert "control character" in refused["detail"]
    assert open_ledger(sqlite_shop).file_counts() == {FileState.PUBLISHED: 1}
    assert [path.name for path in (sqlite_shop.home / "store/landing").rglob("*.jsonl")] == [orders_file.name]


def test_ingest_of_nothing_but_names_that_cannot_be_taken_says_so_and_runs_no_job(
    gridata: Run, contract_path: Path, tmp_path: Path
) -> None:
    hostile = tmp_path / "new\nline.jsonl"
    hostile.write_text("{}\n")

    result = gridata("ingest", "--contract", contract_path, "--file", hostile, FAKE_EXIT="3")

    assert result.returncode == 0, result.stderr
    assert "refused landing/shop/orders/v1/new\\nline.jsonl: name: got a control character" in result.stderr


def test_land_puts_the_other_files_and_says_no_about_a_name_that_cannot_be_taken(
    gridata: Run, orders_file: Path, tmp_path: Path, home: Path
) -> None:
    hostile = tmp_path / "new\nline.jsonl"
    hostile.write_text("{}\n")

    told = gridata("land", hostile, orders_file, "--dataset", "shop.orders", "--json")
    shown = gridata("land", hostile, orders_file, "--dataset", "shop.orders")

    assert (told.returncode, shown.returncode) == (1, 1)
    refused, landed = json.loads(told.stdout)
    assert (refused["state"], refused["reason"]) == ("REFUSED", "FORBIDDEN_NAME")
    assert landed["key"] == f"landing/shop/orders/v1/{orders_file.name}"
    assert "new\\nline.jsonl: not landed: name: got a control character" in shown.stderr
    assert [path.name for path in (home / "store/landing").rglob("*.jsonl")] == [orders_file.name]


def test_ingest_of_a_batch_that_its_gate_holds_says_no_and_why(
    gridata: Run, orders_file: Path, contract_path: Path, sqlite_shop: Settings
) -> None:
    result = gridata("ingest", "--contract", contract_path, "--file", orders_file, "--json", FAKE_HOLD="1")

    assert result.returncode == 1, result.stderr
    report = json.loads(result.stdout)
    assert (report["state"], report["error"], report["rows_in"]) == ("HELD", "gate closed", 2)
    again = gridata("ingest", "--contract", contract_path, "--file", orders_file, FAKE_HOLD="1")
    assert (again.returncode, "is held: gate closed" in again.stderr) == (1, True)

    ledger = open_ledger(sqlite_shop)
    ledger.clear_hold(ledger.batches()[0].batch.id, override_gate=True)
    assert gridata("ingest", "--contract", contract_path, "--file", orders_file, FAKE_HOLD="1").returncode == 0
    assert ledger.batches()[0].state is BatchState.PUBLISHED


@pytest.mark.parametrize(
    ("contract", "file", "message"),
    [("missing.yaml", "FILE", "missing.yaml"), ("CONTRACT", "missing.jsonl", "missing.jsonl: got no such file")],
)
def test_ingest_of_what_is_not_there_is_told(
    gridata: Run, orders_file: Path, contract_path: Path, contract: str, file: str, message: str
) -> None:
    result = gridata(
        "ingest",
        "--contract",
        contract_path if contract == "CONTRACT" else contract,
        "--file",
        orders_file if file == "FILE" else file,
    )
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_check_is_the_jobs_own_word_for_word(gridata: Run) -> None:
    result = gridata("check", "--contract", "c.yaml", "--file", "a b", "--json", "--all")

    assert json.loads(result.stdout) == ["check", "--contract", "c.yaml", "--file", "a b", "--json", "--all"]
    assert result.returncode == 1


def test_a_wrong_job_command_says_what_to_set(gridata: Run) -> None:
    result = gridata("check", GRIDATA_JOB_COMMAND="/nowhere/job")
    assert result.returncode == 2
    assert "GRIDATA_JOB_COMMAND" in result.stderr


def test_only_a_held_batch_can_be_replayed_anyway(gridata: Run, orders_file: Path) -> None:
    gridata("land", orders_file, "--dataset", "shop.orders")
    [batch] = json.loads(gridata("sweep", "--no-dispatch", "--json").stdout)["batches"]

    result = gridata("replay", batch["batch_id"], "--publish-anyway")

    assert result.returncode == 2
    assert "got READY, allowed HELD" in result.stderr


def test_replaying_an_unknown_batch_is_told(gridata: Run) -> None:
    result = gridata("replay", "nope")
    assert result.returncode == 2
    assert "gridata status" in result.stderr


def test_watch_takes_a_file_dropped_meanwhile_survives_a_bad_contract_and_stops_on_sigterm(
    environment: dict[str, str], home: Path, contract_path: Path, sqlite_shop: Settings
) -> None:
    good = contract_path.read_text()
    process = subprocess.Popen(
        [sys.executable, "-c", "from gridata_control.cli import main; main()", "sweep", "--watch", "--no-dispatch"],
        env=os.environ | environment | {"GRIDATA_SWEEP_INTERVAL_S": "0.2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait((home / "ledger.db").exists)
        contract_path.write_text("broken: [")
        time.sleep(1)
        contract_path.write_text(good)
        drop = home / "store/landing/shop/orders/v1/a.jsonl"
        drop.parent.mkdir(parents=True)
        drop.write_text("{}\n")
        ledger = open_ledger(sqlite_shop)
        _wait(lambda: ledger.file_counts() == {FileState.BATCHED: 1})
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0
    assert "next try in" in errors
    assert "Traceback" not in errors


def test_a_sweep_killed_with_sigkill_is_finished_by_the_next(
    gridata: Run, environment: dict[str, str], home: Path, sqlite_shop: Settings
) -> None:
    folder = home / "store/landing/shop/orders/v1"
    folder.mkdir(parents=True)
    for i in range(60):
        (folder / f"{i}.jsonl").write_text(f"{i}\n")
    for delay_s in (0.6, 0.8, 1.0, 1.2):
        process = subprocess.Popen(
            [sys.executable, "-c", "from gridata_control.cli import main; main()", "sweep", "--no-dispatch"],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay_s)
        process.kill()
        process.wait()
    for _ in range(2):
        assert gridata("sweep", "--no-dispatch").returncode == 0

    ledger = open_ledger(sqlite_shop)
    assert ledger.file_counts() == {FileState.BATCHED: 60}
    batched = [file.file_id for record in ledger.batches() for file in record.batch.files]
    assert len(batched) == len(set(batched)) == 60


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("u"), 2), (PermanentError("p"), 3), (TransientError("t"), 4), (RuntimeError("r"), 3)],
)
def test_every_failure_has_its_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    monkeypatch.delenv("GRIDATA_DEBUG", raising=False)

    def fail() -> None:
        raise error

    assert exit_code_of(fail) == code
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    if isinstance(error, RuntimeError):
        assert "GRIDATA_DEBUG=1" in shown
        monkeypatch.setenv("GRIDATA_DEBUG", "1")
        with pytest.raises(RuntimeError):
            exit_code_of(fail)


def test_settings_survive_the_way_through_a_subprocess(tmp_path: Path) -> None:
    environ = {
        "GRIDATA_STORE": "s3://landing",
        "GRIDATA_S3_ENDPOINT": "http://127.0.0.1:9000",
        "GRIDATA_LEDGER_URL": "postgresql+psycopg2://u:p@h/d",
        "GRIDATA_AIRFLOW_URL": "http://a",
        "GRIDATA_AIRFLOW_USER": "admin",
        "GRIDATA_AIRFLOW_PASSWORD": "secret",
        "GRIDATA_BATCH_MAX_FILES": "7",
        "GRIDATA_SPARK_EVENTS": "s3://logs/spark-events",
        "GRIDATA_SPARK_EVENTS_DAYS": "3",
        "GRIDATA_SPARK_HISTORY_URL": "https://gridata.example/spark-history",
    }
    settings = Settings.load(tmp_path, environ=environ)

    assert Settings.load(environ=settings.environment()) == settings
    assert "secret" not in repr(settings)
    assert ":p@" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDATA_STORE", "ftp://x"),
        ("GRIDATA_STORE", "file://relative"),
        ("GRIDATA_BATCH_MAX_FILES", "0"),
        ("GRIDATA_BATCH_MAX_BYTES", "1e9"),
        ("GRIDATA_SWEEP_INTERVAL_S", "nan"),
        ("GRIDATA_SPARK_EVENTS", "s3://whole-bucket"),
        ("GRIDATA_SPARK_EVENTS", "file:///tmp/events"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Settings.load(environ={name: value})


def _wait(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.1)
