"""A contract as the text of each target, for people and for files that are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from gridata_contracts.emit import arrow, checks, dag, datahub, duckdb_type, iceberg, json_schema, spark_ddl
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract, Pipeline
from gridata_contracts.pipelines import derive_ingest
from gridata_contracts.problems import did_you_mean


def render(contract: Contract, target: str, owner: Pipeline | None = None) -> str:
    """The contract for one target, ending in a newline.

    Args:
        contract: what is rendered.
        target: one of TARGETS.
        owner: the pipeline document that ingests the dataset, which then is the DAG; None = none does.

    Raises:
        UsageError: there is no such target.
    """
    if target not in TARGETS:
        hint = did_you_mean(target, TARGETS)
        raise UsageError(f"target: got {target!r}, allowed {', '.join(TARGETS)}. {hint}".rstrip())
    text = TARGETS[target](contract) if owner is None or target != "dag" else _dag(owner)
    return text.rstrip("\n") + "\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _iceberg(contract: Contract) -> str:
    tables = (iceberg.bronze_schema(contract), iceberg.quarantine_schema(contract))
    return _json(
        {
            table.table_id: {
                "schema": table.schema_json(),
                "partition-spec": table.partition_json(),
                "properties": table.properties,
            }
            for table in tables
        }
    )


def _dag(pipeline: Pipeline) -> str:
    return _json(asdict(dag.plan(pipeline)))


def _duckdb(contract: Contract) -> str:
    return "\n".join(f"{name} {kind}" for name, kind in duckdb_type.columns(contract).items())


TARGETS: Mapping[str, Callable[[Contract], str]] = {
    "arrow": lambda contract: str(arrow.schema(contract)),
    "checks": lambda contract: _json(asdict(checks.plan(contract))),
    "dag": lambda contract: _dag(derive_ingest(contract)),
    "datahub": lambda contract: _json(datahub.aspects(contract)),
    "duckdb": _duckdb,
    "iceberg": _iceberg,
    "json-schema": json_schema.text,
    "spark": spark_ddl.schema,
}
"""Text of a contract by target, from the contract alone."""
