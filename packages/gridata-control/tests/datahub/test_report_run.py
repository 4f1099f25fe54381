"""A run is told once, completely, in metadata DataHub's own tools accept; and telling never fails a batch."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gridata_contracts.model import Contract
from gridata_control.datahub import emit_contract, lineage_edges, report_run
from gridata_control.datahub.lineage import leaf_paths
from gridata_control.datahub.outbox import open_outbox
from gridata_control.datahub.reader import CatalogReader
from gridata_control.settings import Settings

Report = dict[str, object]
RUN = "ecommerce-orders_v1-0001__r1"


def emitted(settings: Settings, name: str = RUN) -> list[dict[str, object]]:
    proposals: list[dict[str, object]] = json.loads((settings.datahub_dir / "runs" / f"{name}.json").read_text())
    return proposals


def stored(settings: Settings) -> list[tuple[object, ...]]:
    with sqlite3.connect(settings.datahub_dir / "lite.db") as connection:
        return connection.execute("SELECT * FROM metadata_aspect_v2 ORDER BY urn, aspect_name, version").fetchall()


def test_every_emitted_file_passes_datahubs_own_check(
    settings: Settings, ingest_report: Report, transform_report: Report, tmp_path: Path
) -> None:
    report_run(settings, ingest_report)
    report_run(settings, transform_report)

    files = sorted((settings.datahub_dir / "runs").glob("*.json"))
    assert len(files) == 2
    for file in files:
        datahub = Path(sys.executable).with_name("datahub")
        env = {**os.environ, "DATAHUB_TELEMETRY_ENABLED": "false", "HOME": str(tmp_path)}
        said = subprocess.run(
            [datahub, "check", "metadata-file", file], capture_output=True, text=True, env=env, check=False
        )
        assert said.returncode == 0, said.stderr
        assert "all valid" in said.stdout


def test_every_aspect_is_legal_for_its_entity_and_valid_by_its_schema(
    settings: Settings, ingest_report: Report, transform_report: Report
) -> None:
    from datahub.emitter.mcp import MetadataChangeProposalWrapper
    from datahub.metadata.schema_classes import ENTITY_TYPE_TO_ASPECT_NAMES

    report_run(settings, ingest_report)
    report_run(settings, transform_report)

    proposals = [*emitted(settings), *emitted(settings, "process_orders__2024-01-01")]
    assert len(proposals) > 100
    for one in proposals:
        assert one["aspectName"] in ENTITY_TYPE_TO_ASPECT_NAMES[str(one["entityType"])]
        wrapped = MetadataChangeProposalWrapper.from_obj(dict(one))
        assert isinstance(wrapped, MetadataChangeProposalWrapper)
        assert wrapped.validate()


def test_run_is_told_with_inputs_outputs_and_what_it_wrote(
    settings: Settings, ingest_report: Report, bronze_snapshot: int
) -> None:
    report_run(settings, ingest_report)

    said = {(str(one["entityUrn"]), str(one["aspectName"])): one["aspect"]["json"] for one in emitted(settings)}  # type: ignore[index]
    run = f"urn:li:dataProcessInstance:{RUN}"
    bronze = "urn:li:dataset:(urn:li:dataPlatform:iceberg,ecommerce_bronze.orders_v1,PROD)"
    landing = "urn:li:dataset:(urn:li:dataPlatform:file,local/landing/ecommerce/orders/v1,PROD)"
    properties = said[run, "dataProcessInstanceProperties"]["customProperties"]
    assert properties["file_ids"] == "f" * 64
    assert properties["batch_id"] == "ecommerce-orders_v1-0001"
    assert properties["snapshot:ecommerce_bronze.orders_v1"] == str(bronze_snapshot)
    assert said[run, "dataProcessInstanceInput"]["inputs"] == [landing]
    assert bronze in said[run, "dataProcessInstanceOutput"]["outputs"]
    assert said[run, "dataProcessInstanceRunEvent"]["result"]["type"] == "SUCCESS"
    assert said[bronze, "operation"]["numAffectedRows"] == 2
    assert said[bronze, "datasetProfile"]["rowCount"] == 2
    assert said[bronze, "datasetProperties"]["customProperties"]["snapshot_id"] == str(bronze_snapshot)


def test_telling_a_run_again_changes_nothing(
    settings: Settings, ingest_report: Report, transform_report: Report
) -> None:
    report_run(settings, ingest_report)
    report_run(settings, transform_report)
    before, files = stored(settings), emitted(settings)

    report_run(settings, ingest_report)
    report_run(settings, transform_report)

    assert emitted(settings) == files
    assert stored(settings) == before


def test_catalog_reads_back_owner_pii_and_check_results(
    settings: Settings, ingest_report: Report, contract: Contract
) -> None:
    report_run(settings, ingest_report)

    entry = CatalogReader(settings).entry("ecommerce_bronze.orders_v1")

    assert (entry.owner, entry.domain, entry.layer, entry.rows) == (contract.owner, "ecommerce", "bronze", 2)
    assert set(entry.personal) == {"shipping.address.street", "shipping.address.postal_code", "notes", "_extra"}
    assert len(entry.checks) == len(contract.checks)
    assert [(check.check, check.failed, check.evaluated) for check in entry.checks if not check.passed] == [
        (contract.checks[0].id, 1, 3)
    ]


def test_ingest_lineage_names_every_field_of_the_contract_once(
    settings: Settings, ingest_report: Report, contract: Contract
) -> None:
    report_run(settings, ingest_report)

    graph = CatalogReader(settings).graph()

    fields = [path.replace("[*]", "") for column in contract.columns for path in leaf_paths(column)]
    bronze = [edge for edge in graph.columns if "ecommerce_bronze" in edge.target]
    assert sorted((edge.source_column, edge.target_column) for edge in bronze) == sorted(
        (path, path) for path in fields
    )
    assert lineage_edges(settings) == 5 * len(fields)  # and the four quarantine columns that hold whole records


def test_lineage_joins_across_jobs_down_to_the_landed_field(
    settings: Settings, ingest_report: Report, transform_report: Report
) -> None:
    report_run(settings, ingest_report)
    report_run(settings, transform_report)
    reader = CatalogReader(settings)
    silver, landing = reader.entry("ecommerce_silver.orders"), reader.entry("landing/ecommerce/orders/v1")

    up = reader.graph().upstream(silver.urn, "ship_where")
    down = reader.graph().downstream(landing.urn, "shipping.address.city")

    assert {edge.source_column for edge in up if edge.source == landing.urn} == {
        "shipping.address.city",
        "shipping.address.postal_code",
    }
    assert (silver.urn, "ship_where") in {(edge.target, edge.target_column) for edge in down}
    assert (silver.urn, "order_id") not in {(edge.target, edge.target_column) for edge in down}
    assert reader.graph().rows[reader.entry("ecommerce_bronze.orders_v1").urn, silver.urn] == "updated_at"


def test_personal_data_is_followed_into_transforms(
    settings: Settings, ingest_report: Report, transform_report: Report
) -> None:
    report_run(settings, ingest_report)
    report_run(settings, transform_report)

    columns = {one.path: one.personal for one in CatalogReader(settings).entry("ecommerce_silver.orders").columns}

    assert columns == {"order_id": "", "postal_code": "pii", "ship_where": "pii-derived"}


def test_runs_that_end_at_the_same_time_are_all_told(settings: Settings, ingest_report: Report) -> None:
    script = (
        "import json, sys; from pathlib import Path; from gridata_control.settings import Settings;"
        "from gridata_control.datahub import report_run;"
        "s = Settings.load(Path(sys.argv[1]), environ={}); print(flush=True); sys.stdin.readline();"
        "report_run(s, json.loads(sys.argv[2]))"
    )
    names = ["run-a", "run-b", "run-c"]
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", script, settings.home, json.dumps({**ingest_report, "run_id": name})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for job in jobs:
        assert job.stdout is not None
        job.stdout.readline()
    errors = [job.communicate("go\n", timeout=120)[1] for job in jobs]

    assert errors == ["", "", ""]
    assert open_outbox(settings).entries() == []
    with sqlite3.connect(settings.datahub_dir / "lite.db") as connection:
        query = "SELECT DISTINCT urn FROM metadata_aspect_v2 WHERE urn LIKE '%dataProcessInstance%' ORDER BY urn"
        assert [urn.rpartition(":")[2] for (urn,) in connection.execute(query)] == names


def test_older_run_told_late_does_not_replace_newer_results(settings: Settings, ingest_report: Report) -> None:
    newer = {**ingest_report, "run_id": "b__r1", "finished_utc": "2024-01-02T00:00:00+00:00"}
    report_run(settings, newer)
    report_run(settings, ingest_report)

    assert {check.run_id for check in CatalogReader(settings).entry("ecommerce_bronze.orders_v1").checks} == {"b__r1"}


def test_unreadable_report_is_kept_and_built_by_the_next_run(
    settings: Settings, ingest_report: Report, transform_report: Report, contract: Contract, tmp_path: Path
) -> None:
    broken = tmp_path / "contract.odcs.yaml"
    broken.write_text("kind: [")
    report_run(settings, {**ingest_report, "contract": {"path": str(broken), "hash": "x"}})
    waiting = [pending for _, pending in open_outbox(settings).entries()]
    assert [(one.name, one.sink, one.attempts) for one in waiting] == [(RUN, "report", 1)]
    assert "contract.odcs.yaml" in waiting[0].error

    broken.write_bytes(contract.path.read_bytes())
    report_run(settings, transform_report)

    assert open_outbox(settings).entries() == []
    assert CatalogReader(settings).entry("ecommerce_bronze.orders_v1").rows == 2


@pytest.mark.parametrize(
    "report", [{}, {"job": "x", "lineage": [7]}, {"job": "x", "run_id": "y", "started_utc": "soon"}]
)
def test_report_of_another_shape_is_kept_and_never_raises(settings: Settings, report: Report) -> None:
    report_run(settings, report)

    assert [pending.sink for _, pending in open_outbox(settings).entries()] == ["report"]


def test_report_without_instants_or_id_is_told_as_a_run_that_ended_now(settings: Settings) -> None:
    report_run(settings, {"job": "maintain", "tables": []})

    names = [path.name for path in (settings.datahub_dir / "runs").iterdir()]
    assert [name.partition("__")[0] for name in names] == ["maintain"]


def test_dataset_is_known_before_its_first_batch(settings: Settings, contract: Contract) -> None:
    emit_contract(settings, contract)

    entries = CatalogReader(settings).entries()
    assert [(entry.name, entry.owner) for entry in entries] == [("landing/ecommerce/orders/v1", contract.owner)]


def test_nothing_is_written_below_the_users_home(settings: Settings, ingest_report: Report, tmp_path: Path) -> None:
    home = tmp_path / "user"
    home.mkdir()
    script = (
        "import json, sys; from pathlib import Path; from gridata_control.settings import Settings;"
        "from gridata_control.datahub import report_run, lineage_edges;"
        "s = Settings.load(Path(sys.argv[1]), environ={}); report_run(s, json.loads(sys.argv[2])); "
        "from datahub.telemetry import telemetry; print(lineage_edges(s), telemetry.telemetry_instance.enabled)"
    )
    env = {**os.environ, "HOME": str(home)}
    said = subprocess.run(
        [sys.executable, "-c", script, settings.home, json.dumps(ingest_report)],
        capture_output=True,
        text=True,
        env=env,
        check=True,
    )

    assert said.stdout.split()[1] == "False"
    assert int(said.stdout.split()[0]) > 0
    assert list(home.rglob("*")) == []
