"""What each output is made of, down to columns: derived from the contract for ingest, declared by each transform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Column, Contract
from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_control.datahub import urns
from gridata_control.datahub.facts import plain_path

if TYPE_CHECKING:
    from gridata_control.settings import Settings

QUARANTINE_COLUMNS = ("record", "record_sha256", "record_bytes", "reasons")
"""Columns of a quarantine table that hold the rejected record, whole."""


@dataclass(frozen=True, order=True)
class ColumnSource:
    """One input column."""

    dataset_urn: str
    column: str


@dataclass(frozen=True)
class Lineage:
    """Where one dataset comes from.

    Attributes:
        columns: output column to the input columns whose values make its value.
        rows: input columns that decide which rows exist; each may change any output.
        transform: name of the job.
    """

    target_urn: str
    transform: str
    columns: Mapping[str, tuple[ColumnSource, ...]]
    rows: tuple[ColumnSource, ...] = ()
    inputs: tuple[str, ...] = field(default=())

    @property
    def upstreams(self) -> tuple[str, ...]:
        """URNs of every input dataset, sorted."""
        named = {source.dataset_urn for sources in self.columns.values() for source in sources}
        return tuple(sorted(named | {source.dataset_urn for source in self.rows} | set(self.inputs)))


def ingest_lineage(settings: Settings, contract: Contract) -> tuple[Lineage, Lineage]:
    """Bronze and quarantine from landing: each field goes to the column of its name, a rejected record goes whole."""
    landing = urns.landing(settings, contract.id)
    fields = [plain_path(path) for column in contract.columns for path in leaf_paths(column)]
    everything = tuple(ColumnSource(landing, path) for path in fields)
    return (
        Lineage(
            urns.table(bronze_table(contract.id)),
            "ingest",
            {path: (ColumnSource(landing, path),) for path in fields},
            rows=everything if contract.checks else (),
        ),
        Lineage(
            urns.table(quarantine_table(contract.id)),
            "ingest",
            dict.fromkeys(QUARANTINE_COLUMNS, everything),
        ),
    )


def leaf_paths(column: Column) -> Iterator[str]:
    """Paths of the fields that hold values, in declared order."""
    if not column.children:
        yield column.path
    for child in column.children:
        yield from leaf_paths(child)


def declared_lineage(job: str, declared: Sequence[object]) -> tuple[Lineage, ...]:
    """A transform's own words, as its report carries them.

    Args:
        job: name of the transform.
        declared: one mapping per target: `target` table id, `direct` output column to `<table>#<column>` texts,
            `indirect` list of such texts.

    Raises:
        PermanentError: the shape is another one.
    """
    return tuple(_declared(job, one) for one in declared)


def _declared(job: str, declared: object) -> Lineage:
    if not isinstance(declared, Mapping):
        raise PermanentError(f"lineage of {job}: got {type(declared).__name__}, allowed target, direct and indirect.")
    target, direct, indirect = declared.get("target"), declared.get("direct"), declared.get("indirect", [])
    if not isinstance(target, str) or not isinstance(direct, Mapping) or not isinstance(indirect, Sequence):
        raise PermanentError(
            f"lineage of {job}: got keys {sorted(map(str, declared))}, allowed target, direct, indirect."
        )
    columns = {str(name): tuple(sorted(_source(job, text) for text in sources)) for name, sources in direct.items()}
    return Lineage(urns.table(target), job, columns, rows=tuple(sorted(_source(job, text) for text in indirect)))


def _source(job: str, text: object) -> ColumnSource:
    table, _, column = str(text).partition("#")
    if not column:
        raise PermanentError(f"lineage of {job}: got {text!r}, allowed <table>#<column>.")
    return ColumnSource(urns.table(table), plain_path(column))
