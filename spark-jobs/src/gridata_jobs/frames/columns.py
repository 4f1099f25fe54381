"""Columns of a frame that knows no contract: as which logical type each is checked, and its rows for the engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.types as kinds

from gridata_contracts.columns import ITEM
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Check, Column, Contract
from gridata_contracts.rules import RULES, Applies, find_rule
from gridata_contracts.rules.keyed import paths_of
from gridata_contracts.rules.schema import Schematic
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Field,
    Floating,
    Integer,
    List,
    LogicalType,
    String,
    Struct,
    Timestamp,
)
from gridata_jobs.checks.decision import Decision, Outcome
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.frames.arrow_input import refuse_twice
from gridata_jobs.read.arrow_any import ArrowArray
from gridata_jobs.read.source import EXTRA, ROW_NUMBER, row_schema

REASONS = "_reasons"
"""Column of rejected rows: which checks they fail, as structs of check, column, expected and got."""
PASSED = "_passed"
"""Column of rows that are written: which part they belong to."""
_OURS = re.compile(
    rf"({ROW_NUMBER}|{EXTRA}|{FLAGS}|{REASONS}|{PASSED}|_span|_refused|_candidate|_checks|_nths|_rejects|_w\d+)",
    re.IGNORECASE,
)
_ODD_NAME = re.compile(r"[.\[\]`\"]")
_SCALARS: tuple[tuple[Callable[[pa.DataType], bool], LogicalType], ...] = (
    (kinds.is_string, String()),
    (kinds.is_large_string, String()),
    (kinds.is_string_view, String()),
    (kinds.is_boolean, Boolean()),
    (kinds.is_int64, Integer(64)),
    (kinds.is_uint32, Integer(64)),
    (kinds.is_uint64, Decimal(20, 0)),
    (kinds.is_integer, Integer(32)),
    (kinds.is_float64, Floating(64, allow_nan=True)),
    (kinds.is_floating, Floating(32, allow_nan=True)),
    (kinds.is_date, Date()),
    (kinds.is_timestamp, Timestamp("UTC")),
)


def logical_type(kind: pa.DataType) -> LogicalType | None:
    """The logical type in which values of an Arrow type are compared; None where there is none.

    Naive timestamps count as UTC, finer ones than microseconds are cut to them.
    """
    if isinstance(kind, pa.DictionaryType):
        return logical_type(kind.value_type)
    if isinstance(kind, pa.Decimal128Type):
        return Decimal(kind.precision, kind.scale) if 0 <= kind.scale <= kind.precision else None
    if isinstance(kind, pa.ListType | pa.LargeListType):
        item = logical_type(kind.value_type)
        return None if item is None else List(item)
    if isinstance(kind, pa.StructType):
        return _struct(kind)
    return next((logical for is_kind, logical in _SCALARS if is_kind(kind)), None)


def checkable_types(schema: pa.Schema) -> dict[str, LogicalType]:
    """Types of the columns that can be checked, in order."""
    types = {name: logical_type(schema.field(name).type) for name in schema.names if not _ODD_NAME.search(name)}
    return {name: kind for name, kind in types.items() if kind is not None}


def with_columns(decision: Decision, schema: pa.Schema) -> Decision:
    """The verdict with the checks about columns and types decided."""
    types = {name: logical_type(schema.field(name).type) for name in schema.names}
    return Decision(tuple(_about_columns(outcome, types) for outcome in decision.outcomes))


def _about_columns(outcome: Outcome, types: Mapping[str, LogicalType | None]) -> Outcome:
    evaluation = RULES[outcome.check.rule].evaluation
    if not isinstance(evaluation, Schematic):
        return outcome
    against = evaluation.against(outcome.check, types)
    return replace(outcome, failed=int(bool(against)), number=against or None, broken=bool(against))


def contract_of(schema: pa.Schema, asked: Sequence[Ask], masked: Collection[str], *, everything: bool) -> Contract:
    """The checks on the columns they look at.

    Args:
        schema: of the frame.
        asked: the checks.
        masked: top-level columns no value of which may be shown.
        everything: all columns that can be looked at, whether a check does or not.

    Raises:
        UsageError: a column has a name that a split gives its own columns, or a check stands on one of a type that no
            check understands.
        ContractError: what is wrong with the checks, all at once.
    """
    refuse_twice(schema.names)
    taken = [name for name in schema.names if _OURS.fullmatch(name)]
    if taken:
        raise UsageError(f"frame: got columns {', '.join(taken)}, allowed any other names. Rename them first.")
    able = checkable_types(schema)
    unable = [name for name in schema.names if name not in able]
    named = [name for name in unable if any(top_column(each.column or "") == name for each in asked)]
    if named:
        got = ", ".join(f"{name} of type {schema.field(name).type}" for name in named)
        raise UsageError(
            f"frame: got checks of {got}, allowed text, numbers, booleans, dates, timestamps, and lists and structs "
            "of them. Cast the column."
        )
    _refuse_strangers(schema, asked, masked)
    contract = suite(able, asked)
    used = columns_of_checks(contract.checks)
    columns = (column for column in contract.columns if everything or column.name in used)
    return replace(contract, columns=tuple(_masked(each) if each.name in masked else each for each in columns))


def columns_of_checks(checks: Iterable[Check]) -> set[str]:
    """The top-level columns that some checks look at."""
    return {top_column(path) for check in checks for path in _paths(check)}


def _refuse_strangers(schema: pa.Schema, asked: Sequence[Ask], masked: Collection[str]) -> None:
    """What would otherwise be passed over: a mask of no column, a column given to a rule of the whole frame."""
    for name in [masked] if isinstance(masked, str) else masked:
        if isinstance(masked, str) or name not in schema.names:
            raise UsageError(f"masked: got {name!r}, allowed a list of columns: {', '.join(schema.names)}.")
    for each in asked:
        rule = find_rule(each.rule)
        if rule is not None and rule.applies is Applies.TABLE and each.column is not None:
            raise UsageError(
                f"rule {each.rule}: got column {each.column!r}, allowed none: it is about the whole frame."
            )


def rows_to_check(block: pa.Table, first: int, contract: Contract) -> pa.Table:
    """The checked columns of a block as the engine's rows.

    Args:
        block: of the frame.
        first: number of its first row, from 1.
        contract: from `contract_of` its schema.
    """
    schema = row_schema(contract)
    columns: dict[str, ArrowArray] = {
        ROW_NUMBER: pa.array(np.arange(first, first + len(block), dtype=np.int64)),
        EXTRA: pa.nulls(len(block), pa.string()),
    }
    for column in contract.columns:
        columns[column.name] = _as_type(block.column(column.name), schema.field(column.name).type)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _struct(kind: pa.StructType) -> LogicalType | None:
    fields = [(field.name, logical_type(field.type)) for field in (kind.field(i) for i in range(kind.num_fields))]
    known = tuple(Field(name, found) for name, found in fields if found is not None and not _ODD_NAME.search(name))
    names = {name.casefold() for name, _ in fields}
    return Struct(known) if known and len(known) == len(fields) == len(names) else None


def _as_type(values: ArrowArray, wanted: pa.DataType) -> ArrowArray:
    if values.type == wanted:
        return values
    is_finer = isinstance(values.type, pa.TimestampType) and values.type.unit == "ns"
    return values.cast(wanted, safe=not is_finer)  # what is finer than a microsecond is cut


def _masked(column: Column) -> Column:
    return replace(column, pii=True, children=tuple(map(_masked, column.children)))


def _paths(check: Check) -> list[str]:
    conditions = [*check.expressions.values(), *([check.where] if check.where is not None else [])]
    return [*paths_of(check, RULES[check.rule]), *(path for each in conditions for path in each.columns)]


def top_column(path: str) -> str:
    """The top-level column of a path."""
    return path.partition(".")[0].partition(ITEM)[0]
