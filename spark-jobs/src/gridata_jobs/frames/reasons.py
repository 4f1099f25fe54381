"""Why rows of a frame are rejected, in the quarantine's own words, made check by check instead of row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridata_contracts.model import Check, Column, Contract
from gridata_contracts.sql.paths import columns_by_path
from gridata_contracts.values import NumberToken
from gridata_jobs.checked_rows import to_json_value
from gridata_jobs.frames.columns import REASONS, top_column
from gridata_jobs.quarantine import REASON, reason_of
from gridata_jobs.read.arrow_any import ArrowArray
from gridata_jobs.read.json_text import JsonTree
from gridata_jobs.read.record import TypedTree
from gridata_jobs.read.source import ROW_NUMBER

_TYPE = pa.list_(pa.field("element", REASON))


def with_reasons(block: pa.Table, broken: Mapping[int, Sequence[Check]], contract: Contract) -> pa.Table:
    """The broken rows of a block, with REASONS.

    Args:
        block: rows in the order of their ROW_NUMBER.
        broken: by row number, the checks that reject the row or may.
        contract: whose checks they are.
    """
    numbers = sorted(broken)
    at = np.searchsorted(block.column(ROW_NUMBER).to_numpy(), numbers)
    rows = block.take(pa.array(at, pa.int64()))
    return rows.append_column(REASONS, _reasons(rows, [broken[number] for number in numbers], contract))


def _reasons(rows: pa.Table, broken: Sequence[Sequence[Check]], contract: Contract) -> ArrowArray:
    """One list of structs per row."""
    position = {check.id: i for i, check in enumerate(contract.checks)}
    lengths = [len(checks) for checks in broken]
    row = np.repeat(np.arange(len(broken)), lengths)
    which = np.fromiter((position[check.id] for checks in broken for check in checks), np.int64, len(row))
    columns = columns_by_path(contract)
    words = [reason_of(check, {}, columns).to_dict() for check in contract.checks]
    got: npt.NDArray[np.object_] = np.full(len(row), None, dtype=object)
    for check in contract.checks:
        mine = np.flatnonzero(which == position[check.id])
        if len(mine) and check.column in columns:
            got[mine] = _got(check, rows, row[mine], columns)
    at = pa.array(which, pa.int64())
    fields = [
        pa.array([said[field.name] for said in words], pa.string()).take(at) for field in REASON if field.name != "got"
    ]
    structs = pa.StructArray.from_arrays([*fields, pa.array(got, pa.string())], fields=list(REASON))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs, type=_TYPE)


def _got(
    check: Check, rows: pa.Table, at: npt.NDArray[np.int64], columns: Mapping[str, Column]
) -> Sequence[str | None] | npt.NDArray[np.object_]:
    """What the reasons of a check tell of the rows at some positions; of equal values it is made once."""
    name = top_column(str(check.column))
    values = rows.column(name).take(pa.array(at, pa.int64()))

    def said(found: Sequence[TypedTree]) -> list[str | None]:
        return [reason_of(check, {name: _tree(value)}, columns).got for value in found]

    if pa.types.is_nested(values.type) or pa.types.is_floating(values.type):  # 0.0 and -0.0 are equal, but read apart
        return said(_listed(values))
    coded = values.combine_chunks().dictionary_encode()
    texts = np.array(said([*_listed(coded.dictionary), None]), dtype=object)
    taken: npt.NDArray[np.object_] = texts[coded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)]
    return taken


def _listed(values: ArrowArray) -> list[TypedTree]:
    """In Python's types; days and instants that those cannot hold in words."""
    try:
        listed: list[TypedTree] = values.to_pylist()
    except (OverflowError, ValueError):
        return [_in_words(each) for each in values]
    return listed


def _in_words(value: pa.Scalar[Any]) -> TypedTree:
    try:
        held: TypedTree = value.as_py()
    except (OverflowError, ValueError):
        return "beyond the years 1 to 9999"
    return held


def _tree(value: TypedTree) -> JsonTree:
    """A value as the record's text would give it."""
    match value:
        case dict():
            return {name: _tree(inner) for name, inner in value.items()}
        case list():
            return [_tree(inner) for inner in value]
        case bool() | str() | None:
            return value
        case int() | float() | Decimal():
            return NumberToken(f"{value:f}" if isinstance(value, Decimal) else repr(value))
        case _:
            return str(to_json_value(value))
