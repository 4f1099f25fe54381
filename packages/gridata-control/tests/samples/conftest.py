"""A small reference reader and checker, written without either engine: it re-derives the answer key from the files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
import pytest
import zstandard

from gridata_contracts import types as t
from gridata_contracts.load import load_contracts
from gridata_contracts.model import Check, Contract, Format, Severity
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.values import NumberToken, Refusal, parse_json_scalar, parse_text
from gridata_control.samples.generate import generate
from gridata_control.samples.manifest import Manifest
from gridata_control.samples.plan import Plan, Sizes

CONTRACTS = Path(__file__).parents[4] / "data" / "contracts"
SMALL = Plan(seed=7, sizes=Sizes(orders=1500, customers=400, products=150, clicks=3000))

Found = tuple[int | None, str, str | None, str | None]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    out = tmp_path_factory.mktemp("sample")
    return out, generate(SMALL, CONTRACTS, out)


@pytest.fixture(scope="session")
def contract_of() -> Callable[[str], Contract | None]:
    return load_contracts(CONTRACTS).by_landing_key


@pytest.fixture(scope="session")
def judge() -> Callable[[Contract, Path], list[Found]]:
    """Every reason the reference finds in one file: row number, reason, check, column."""
    return _judge


@pytest.fixture(scope="session")
def read_rows() -> Callable[[Contract, Path], Iterator[tuple[int, dict[str, Any] | Found]]]:
    """Each record by number: its values, or what is wrong with it."""
    return _rows


def _judge(contract: Contract, path: Path) -> list[Found]:
    found: list[Found] = []
    keys: dict[str, set[tuple[Any, ...]]] = {}
    for number, row in _rows(contract, path):
        if isinstance(row, tuple):
            found.append(row)
            continue
        found += [
            (number, _code(check), check.id, _column(check))
            for check in contract.checks
            if check.severity is Severity.ERROR and not _holds(check, row, keys)
        ]
    return found


def _code(check: Check) -> str:
    codes = {"is_not_null": ReasonCode.MISSING_REQUIRED, "is_unique": ReasonCode.DUPLICATE_KEY}
    return codes.get(check.rule, ReasonCode.CHECK_FAILED).value


def _column(check: Check) -> str | None:
    return "+".join(cast(list[str], check.arguments["columns"])) if check.rule == "is_unique" else check.column


# --- reading -----------------------------------------------------------------------------------------------------


class _BadRecordError(Exception):
    def __init__(self, code: ReasonCode, column: str | None = None) -> None:
        super().__init__(code)
        self.code, self.column = code, column


def _rows(contract: Contract, path: Path) -> Iterator[tuple[int, dict[str, Any] | Found]]:
    records: Iterable[Callable[[], dict[str, Any]]]
    if contract.landing.format is Format.PARQUET:
        records = [partial(_typed, contract, row) for row in pq.read_table(path).to_pylist()]
    elif contract.landing.format is Format.CSV:
        header, *lines = _content(path).split(b"\n")[:-1]
        records = [partial(_csv, contract, header.decode().split(","), line) for line in lines]
    else:
        records = [partial(_json, contract, line) for line in _content(path).split(b"\n")[:-1]]
    for number, read in enumerate(records, start=1):
        try:
            yield number, read()
        except _BadRecordError as bad:
            yield number, (number, bad.code.value, None, bad.column)


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(raw)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)).read()
    return raw


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise _BadRecordError(ReasonCode.INVALID_ENCODING) from error


def _json(contract: Contract, line: bytes) -> dict[str, Any]:
    def pairs(fields: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in fields]
        if twice := [name for name in names if names.count(name) > 1]:
            raise _BadRecordError(ReasonCode.DUPLICATE_FIELD, twice[0])
        return dict(fields)

    def constant(_: str) -> None:
        raise _BadRecordError(ReasonCode.INVALID_JSON)

    text = _text(line)
    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=constant, parse_int=NumberToken, parse_float=NumberToken
        )
    except json.JSONDecodeError as error:
        raise _BadRecordError(ReasonCode.INVALID_JSON) from error
    if not isinstance(value, dict):
        raise _BadRecordError(ReasonCode.NOT_AN_OBJECT)
    return {column.name: _value(column.type, value.get(column.name), column.path) for column in contract.columns}


def _value(logical: t.LogicalType, token: Any, path: str) -> Any:
    if token is None:
        return None
    if isinstance(logical, t.Struct):
        if not isinstance(token, dict):
            raise _BadRecordError(ReasonCode.WRONG_TYPE, path)
        return {
            field.name: _value(field.type, token.get(field.name), f"{path}.{field.name}") for field in logical.fields
        }
    if isinstance(logical, t.List):
        if not isinstance(token, list):
            raise _BadRecordError(ReasonCode.WRONG_TYPE, path)
        return [_value(logical.item, item, f"{path}[*]") for item in token]
    if isinstance(token, dict | list):
        raise _BadRecordError(ReasonCode.WRONG_TYPE, path)
    return _accepted(parse_json_scalar(logical, token), path)


def _accepted(value: Any, path: str) -> Any:
    if isinstance(value, Refusal):
        raise _BadRecordError(value.code, path)
    return value


def _csv(contract: Contract, names: list[str], line: bytes) -> dict[str, Any]:
    (cells,) = csv.reader([_text(line)], strict=True)
    if len(cells) != len(names):
        raise _BadRecordError(ReasonCode.FIELD_COUNT)
    by_name = dict(zip(names, cells, strict=True))
    return {
        column.name: None
        if by_name[column.name] == ""
        else _accepted(parse_text(column.type, by_name[column.name]), column.path)
        for column in contract.columns
    }


def _typed(contract: Contract, row: dict[str, Any]) -> dict[str, Any]:
    for column in contract.columns:
        value = row[column.name]
        if isinstance(value, float) and value - value != 0:
            raise _BadRecordError(ReasonCode.INVALID_VALUE, column.path)
    return row


# --- checking ----------------------------------------------------------------------------------------------------


def _holds(check: Check, row: dict[str, Any], keys: dict[str, set[tuple[Any, ...]]]) -> bool:
    if check.rule == "is_unique":
        key = tuple(row[name] for name in cast(list[str], check.arguments["columns"]))
        seen = keys.setdefault(check.id, set())
        fresh = key not in seen or None in key
        seen.add(key)
        return fresh
    assert check.column is not None
    rule = _RULES[check.rule]
    return all(rule(value, check.arguments, row, index) for index, value in _at(row, check.column))


def _at(row: Any, path: str, index: int | None = None) -> list[tuple[int | None, Any]]:
    """Values at a path, each with its position in the array; a null on the way is a null at its end."""
    if path == "":
        return [(index, row)]
    head, _, rest = path.partition(".")
    name = head.removesuffix("[*]")
    value = None if row is None else row[name]
    if name == head:
        return _at(value, rest, index)
    return [found for i, item in enumerate(value or []) for found in _at(item, rest, i)]


def _other(path: str, row: dict[str, Any], index: int | None) -> Any:
    found = _at(row, path)
    return next(value for i, value in found if i is None or i == index)


def _literal(bound: Any, like: Any) -> Any:
    if isinstance(like, Decimal):
        return Decimal(str(bound))
    if isinstance(like, datetime):
        return datetime.fromisoformat(bound)
    return date.fromisoformat(bound) if isinstance(like, date) else bound


def _bounds(value: Any, arguments: Any, measure: Callable[[Any], Any]) -> bool:
    low, high = arguments.get("min"), arguments.get("max")
    if value is None:
        return True
    size = measure(value)
    return (low is None or size >= _literal(low, value)) and (high is None or size <= _literal(high, value))


def _sum_of_columns(value: Any, a: Any, row: Any, index: int | None) -> bool:
    plus = sum((_other(path, row, index) or 0) for path in a["plus"])
    minus = sum((_other(path, row, index) or 0) for path in a.get("minus", []))
    return value is None or abs(value - (plus - minus)) <= Decimal(str(a.get("tolerance", 0)))


def _sum_of_items(value: Any, a: Any, row: Any, index: int | None) -> bool:
    total = Decimal(0)
    for item in row[a["array"]] or []:
        product = Decimal(1)
        for factor in a["factors"]:
            product *= item[factor] or 0
        total += product - (item[a["minus"]] or 0 if "minus" in a else 0)
    return value is None or abs(value - total) <= Decimal(str(a.get("tolerance", 0)))


def _unique_items(value: Any, a: Any) -> bool:
    fields = [item[a["field"]] for item in value or [] if item[a["field"]] is not None]
    return len(fields) == len(set(fields))


def _compares(value: Any, other: Any, accepted: Callable[[Any, Any], bool]) -> bool:
    return value is None or other is None or accepted(value, other)


_RULES: dict[str, Callable[[Any, Any, dict[str, Any], int | None], bool]] = {
    "is_not_null": lambda v, a, row, i: v is not None,
    "is_not_null_where": lambda v, a, row, i: v is not None or _other(a["column"], row, i) not in a["values"],
    "is_not_blank": lambda v, a, row, i: v is None or v.strip() != "",
    "is_in_set": lambda v, a, row, i: v is None or v in a["values"],
    "is_between": lambda v, a, row, i: _bounds(v, a, lambda value: value),
    "is_greater_than": lambda v, a, row, i: v is None or v > _literal(a["value"], v),
    "has_length": lambda v, a, row, i: _bounds(v, a, len),
    "has_items": lambda v, a, row, i: _bounds(v, a, len),
    "has_pattern": lambda v, a, row, i: v is None or re.fullmatch(a["pattern"].strip("^$"), v) is not None,
    "has_unique_items": lambda v, a, row, i: _unique_items(v, a),
    "is_at_least_column": lambda v, a, row, i: _compares(v, _other(a["column"], row, i), lambda x, y: x >= y),
    "is_at_most_column": lambda v, a, row, i: _compares(v, _other(a["column"], row, i), lambda x, y: x <= y),
    "is_sum_of_columns": _sum_of_columns,
    "is_sum_of_items": _sum_of_items,
    "is_not_after_as_of": lambda v, a, row, i: (
        v is None
        or (v if isinstance(v, datetime) else datetime(v.year, v.month, v.day, tzinfo=UTC)) <= datetime.now(UTC)
    ),
}
