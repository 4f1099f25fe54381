"""A decoded record as typed values, in plain Python: what the readers of both engines are tested against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridata_contracts.columns import ITEM
from gridata_contracts.model import Contract, Format
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.types import Field, List, LogicalType, Struct
from gridata_contracts.values import Refusal, describe, parse_json_scalar, parse_text

Refusals = list[tuple[str, Refusal]]


def typed_record(contract: Contract, fields: Mapping[str, Any]) -> tuple[dict[str, Any], Refusals]:
    """The contract's columns of a record, and by path what was refused (and is None in the record).

    Args:
        contract: gives columns and form; in CSV every value is text and an empty one is null.
        fields: decoded JSON with numbers as NumberToken, or the cells of a CSV record by header.
    """
    refusals: Refusals = []
    text_only = contract.landing.format is Format.CSV
    record = {
        column.name: _value(column.type, fields.get(column.name), column.path, refusals, text_only=text_only)
        for column in contract.columns
    }
    return record, refusals


def _value(kind: LogicalType, value: Any, path: str, refusals: Refusals, *, text_only: bool) -> Any:
    if value is None or (text_only and value == ""):
        return None
    match kind:
        case Struct(fields) if isinstance(value, Mapping):
            return {each.name: _field(each, value, path, refusals) for each in fields}
        case List(item) if isinstance(value, list):
            return [_value(item, each, path + ITEM, refusals, text_only=False) for each in value]
        case Struct() | List():
            return _refused(path, Refusal(ReasonCode.WRONG_TYPE, describe(kind)), refusals)
    if isinstance(value, Mapping | list):
        return _refused(path, Refusal(ReasonCode.WRONG_TYPE, describe(kind)), refusals)
    parsed = parse_text(kind, value) if text_only else parse_json_scalar(kind, value)
    return _refused(path, parsed, refusals) if isinstance(parsed, Refusal) else parsed


def _field(field: Field, parent: Mapping[str, Any], path: str, refusals: Refusals) -> Any:
    return _value(field.type, parent.get(field.name), f"{path}.{field.name}", refusals, text_only=False)


def _refused(path: str, refusal: Refusal, refusals: Refusals) -> None:
    refusals.append((path, refusal))
