"""Landing, warehouse on MinIO; ledger and catalog on Postgres: the same commands, the same proof."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def gridata(minio: Any, postgres_url: str, environment: dict[str, str], tmp_path: Path) -> Run:
    minio.make_bucket("together-landing")
    minio.make_bucket("together-warehouse", versioned=False)
    servers = {
        "GRIDATA_STORE": "s3://together-landing",
        "GRIDATA_WAREHOUSE": "s3://together-warehouse/tables",
        "GRIDATA_LEDGER_URL": postgres_url,
        "GRIDATA_CATALOG_URI": postgres_url,
    }

    def run(*arguments: object, code: int = 0) -> dict[str, Any]:
        command = [sys.executable, "-c", "from gridata_control.cli import main; main()", *map(str, arguments)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDATA_", "AWS_"))}
        variables = clean | environment | minio.environment | servers
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == code, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return run


def test_ingest_and_proof_hold_on_minio_and_postgres(gridata: Run, home: Path, tmp_path: Path, minio: Any) -> None:
    contract = home.parent / "contracts/shop/orders/v1/contract.odcs.yaml"
    file = tmp_path / "orders [1].jsonl"
    file.write_text('{"id":"a","amount":1}\n{"id":"b","amount":"x"}\n{"id":"a","amount":2}\n{"id":"c"}\n')

    first = gridata("ingest", "--contract", contract, "--file", file, "--json")
    file.write_text('{"id":"z","amount":26}\n')
    second = gridata("ingest", "--contract", contract, "--file", file, "--json")

    assert (first["rows_in"], first["valid"], first["rejected"]) == (4, 2, 2)
    assert (second["rows_in"], second["valid"], second["batch_id"] != first["batch_id"]) == (1, 1, True)
    proof = gridata("verify", "--json")
    assert (proof["ok"], proof["files"], proof["bronze_rows"], proof["quarantine_rows"]) == (True, 2, 3, 2)

    old = json.loads(json.dumps(first))["files"][0]["key"]
    versions = minio.client.list_object_versions(Bucket="together-landing", Prefix=old)["Versions"]
    oldest = min(versions, key=lambda version: version["LastModified"])
    minio.client.delete_object(Bucket="together-landing", Key=old, VersionId=oldest["VersionId"])
    broken = gridata("verify", "--json", code=1)
    assert [each["kind"] for each in broken["violations"]] == ["LOST_OBJECT"]
