"""What each target gets from a contract: golden files, and the target's own library reading it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema, index_by_id
from pyiceberg.table import TableProperties
from pyiceberg.transforms import DayTransform

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.columns import walk
from gridata_contracts.emit import arrow, checks, dag, datahub, duckdb_type, iceberg
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.naming import parse_dataset_id
from gridata_contracts.pipelines import derive_ingest, load_pipelines
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_contracts.render import TARGETS, render
from gridata_contracts.rules import RULES, Level

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"
DATASETS = ("ecommerce.orders.v1", "ecommerce.customers.v1")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_emitted_text_is_the_one_in_the_golden_file(contracts: Catalogue, dataset: str, target: str) -> None:
    """Run once with GRIDATA_UPDATE_GOLDEN=1 after an intended change, and review the difference."""
    text = render(contracts[parse_dataset_id(dataset)], target)
    path = GOLDEN / f"{dataset}.{target}.txt"
    if os.environ.get("GRIDATA_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    assert path.read_text() == text


def test_unknown_target_gets_the_closest_one(contract: Contract) -> None:
    with pytest.raises(UsageError, match="Did you mean 'iceberg'"):
        render(contract, "icberg")


def test_pyiceberg_reads_the_bronze_schema_as_the_arrow_schema_and_lineage(contract: Contract) -> None:
    table = iceberg.bronze_schema(contract)
    schema = Schema.model_validate(table.schema_json())
    lineage = ["_file_id", "_batch_id", "_row_number", "_source_uri", "_ingested_at", "_extra", "_flags"]

    assert [field.name for field in schema.fields] == [*(column.name for column in contract.columns), *lineage]
    found = schema_to_pyarrow(schema, include_field_ids=False)
    assert [plain(found.field(field.name).type) for field in arrow.schema(contract)] == list(
        arrow.schema(contract).types
    )


def plain(kind: pa.DataType) -> pa.DataType:
    """The type without what pyiceberg adds: large text and lists, descriptions."""
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(kind.field(i).name, plain(kind.field(i).type)) for i in range(kind.num_fields)])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(pa.field("element", plain(kind.value_type)))
    return kind


def test_tables_delete_old_metadata_files_with_every_commit(contract: Contract) -> None:
    for table in (iceberg.bronze_schema(contract), iceberg.quarantine_schema(contract)):
        assert table.properties[TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED] == "true"
        assert int(table.properties[TableProperties.METADATA_PREVIOUS_VERSIONS_MAX]) <= 50


def test_every_field_id_of_a_table_is_used_once(contract: Contract) -> None:
    for table in (iceberg.bronze_schema(contract), iceberg.quarantine_schema(contract)):
        ids = list(index_by_id(Schema.model_validate(table.schema_json())))

        assert sorted(ids) == list(range(1, len(ids) + 1))


def test_tables_are_partitioned_by_day_of_ingestion_and_keep_full_metrics_of_ids(contract: Contract) -> None:
    for table in (iceberg.bronze_schema(contract), iceberg.quarantine_schema(contract)):
        schema = Schema.model_validate(table.schema_json())
        (field,) = PartitionSpec.model_validate(table.partition_json()).fields

        assert schema.find_column_name(field.source_id) == "_ingested_at"
        assert isinstance(field.transform, DayTransform)
        assert table.properties["write.metadata.metrics.column._batch_id"] == "full"
        assert table.properties["write.metadata.metrics.column._file_id"] == "full"


def test_manifests_hold_no_statistics_of_personal_columns(contract: Contract) -> None:
    table = iceberg.bronze_schema(contract)
    schema = Schema.model_validate(table.schema_json())
    personal = [column.path for column in walk(contract.columns) if column.pii and not column.children]

    for path in [*(each.replace("[*]", ".element") for each in personal), "_extra"]:
        assert table.properties[f"write.metadata.metrics.column.{path}"] == "none"
        schema.find_field(path)


def test_quarantine_reason_has_the_fields_of_a_reason() -> None:
    fields = list(Reason(ReasonCode.CHECK_FAILED).to_dict())

    assert [field.name for field in iceberg._REASON.fields] == fields


def test_duckdb_reads_every_type_as_it_is_written(contract: Contract) -> None:
    columns = duckdb_type.columns(contract)
    casts = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())

    described = duckdb.execute(f"DESCRIBE SELECT {casts}").fetchall()

    assert {row[0]: row[1].replace('"', "") for row in described} == {
        name: kind.replace('"', "") for name, kind in columns.items()
    }


def test_plan_has_every_check_once_and_bits_without_gaps(contract: Contract) -> None:
    plan = checks.plan(contract)
    planned = [check for scope in plan.scopes for check in scope.checks]
    rows = [check.id for check in contract.checks if RULES[check.rule].level is Level.ROW]

    assert [check.id for check in sorted(planned, key=lambda each: each.bit or 0)] == rows
    assert sorted(check.bit or 0 for check in planned) == list(range(len(rows)))
    assert [check.id for check in plan.batch] == [each.id for each in contract.checks if each.id not in rows]


def test_dag_of_a_landing_pipeline_ingests_its_batch(contract: Contract) -> None:
    plan = dag.plan(derive_ingest(contract))

    assert plan.schedule is dag.Schedule.LANDING
    assert plan.trigger == (str(contract.id),)
    assert [task.argv[:2] for task in plan.tasks] == [("ingest", "--batch")]
    assert len(plan.tasks[0].outlets) == 2


def test_dag_steps_follow_each_other_and_name_their_assets(contracts: Catalogue) -> None:
    pipelines = {each.name: each for each in load_pipelines(ROOT / "data" / "pipelines", contracts)}

    orders = dag.plan(pipelines["ecommerce_orders_pipeline"])
    customer = dag.plan(pipelines["ecommerce_customer_360"])

    assert [(task.task_id, task.after) for task in orders.tasks] == [("ingest", ()), ("process_orders", ("ingest",))]
    assert customer.schedule is dag.Schedule.ASSETS
    assert "x-iceberg://gridata/ecommerce_silver/orders" in orders.tasks[1].outlets
    assert "x-iceberg://gridata/ecommerce_silver/orders" in customer.trigger


def test_catalog_metadata_marks_personal_fields(contracts: Catalogue) -> None:
    aspects: Any = datahub.aspects(contracts[parse_dataset_id("ecommerce.orders.v1")])
    fields = aspects["schemaMetadata"]["fields"]

    tagged = {field["fieldPath"] for field in fields if {"tag": "urn:li:tag:pii"} in field["globalTags"]["tags"]}

    assert tagged == {"shipping.address.street", "shipping.address.postal_code", "notes"}
    assert {"tag": "urn:li:tag:pii"} in aspects["globalTags"]["tags"]
