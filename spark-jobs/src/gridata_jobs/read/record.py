"""One record, read exactly: the reference that decides every value and every parse reason.

The fast path (fast_json.py, fast_csv.py) only ever takes records on which it provably agrees with this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gridata_contracts.model import Column, Contract, UnknownFields
from gridata_contracts.reasons import MASK, Reason, ReasonCode
from gridata_contracts.refusals import Refusal, describe, wrong_type
from gridata_contracts.types import List, LogicalType, Struct
from gridata_contracts.values import ReadToken, Value, json_reader, text_reader
from gridata_jobs.read import json_text
from gridata_jobs.read.json_text import JsonTree, RecordError
from gridata_jobs.read.masking import excerpt, shown

TypedTree = Value | None | dict[str, "TypedTree"] | list["TypedTree"]


@dataclass
class Record:
    """What one record holds.

    Attributes:
        values: typed value by top-level column; absent columns are None. Meaningful only without reasons.
        extra: undeclared fields by their concrete path (`items[2].colour`), as they were written.
        tree: the parsed record, for the quarantine's masked copy; None when it could not be parsed.
        reasons: why it is not a row; empty for a row.
        has_undeclared: an object inside it has undeclared fields.
    """

    values: dict[str, TypedTree] = field(default_factory=dict)
    extra: dict[str, JsonTree] = field(default_factory=dict)
    tree: dict[str, JsonTree] | None = None
    reasons: list[Reason] = field(default_factory=list)
    has_undeclared: bool = False

    @property
    def extra_json(self) -> str | None:
        """Text of the `_extra` column: null when every field is declared."""
        return json_text.dump(dict(self.extra)) if self.extra else None


class RecordReader:
    """Reads single records of one contract, slowly and exactly."""

    def __init__(self, contract: Contract) -> None:
        self._columns = {column.name: column for column in contract.columns}
        self._fields = [(column.name, _reader(column, column.type, column.path)) for column in contract.columns]
        self._cells = {column.name: _cell_reader(column) for column in contract.columns}
        self._reject_unknown = contract.unknown_fields is UnknownFields.REJECT

    def read_json(self, raw: bytes) -> Record:
        """One JSON text, as JSON lines carry it."""
        try:
            tree = json_text.parse(raw.decode())
        except UnicodeDecodeError as error:
            return Record(
                reasons=[Reason(ReasonCode.INVALID_ENCODING, expected=f"UTF-8 (byte {error.start + 1} is not)")]
            )
        except RecordError as error:
            return Record(reasons=[error.reason])
        if not isinstance(tree, dict):
            return Record(reasons=[Reason(ReasonCode.NOT_AN_OBJECT, expected="one JSON object per record")])
        return self.read_tree(tree)

    def read_tree(self, tree: dict[str, JsonTree]) -> Record:
        """One parsed record."""
        record = Record(tree=tree)
        record.values = _read_fields(self._fields, tree, record)
        if record.has_undeclared or not tree.keys() <= self._columns.keys():
            record.extra = _undeclared(self._columns.values(), tree, "")
        return self._finish(record)

    def read_cells(self, header: Sequence[str], cells: Sequence[str]) -> Record:
        """One CSV record. An empty cell is null, quoted or not."""
        if len(cells) != len(header):
            expected = f"{len(header)} fields, as in the header"
            return Record(reasons=[Reason(ReasonCode.FIELD_COUNT, expected=expected, got=f"{len(cells)} fields")])
        tree: dict[str, JsonTree] = {name: cell or None for name, cell in zip(header, cells, strict=True)}
        record = Record(values=dict.fromkeys(self._columns), tree=tree)
        for name, cell in zip(header, cells, strict=True):
            if cell and name in self._cells:
                record.values[name] = self._cells[name](cell, record)
            elif cell:
                record.extra[name] = cell
        return self._finish(record)

    def _finish(self, record: Record) -> Record:
        if self._reject_unknown and record.extra:
            record.reasons.extend(
                Reason(ReasonCode.UNDECLARED_FIELD, column=excerpt(path), expected="only declared fields", got=MASK)
                for path in record.extra
            )
        return record


_Read = Callable[[JsonTree, Record], TypedTree]
"""Reads a value that is not null; the record collects reasons."""


def _reader(column: Column, logical: LogicalType, path: str) -> _Read:
    """Compile the reading of one value: reasons name the contract's `path`."""
    match logical:
        case Struct():
            return _struct_reader(column, logical, path)
        case List(item):
            return _list_reader(column, logical, _reader(column, item, f"{path}[*]"), path)
        case _:
            return _scalar_reader(column, json_reader(logical), path)


def _scalar_reader(column: Column, parse: ReadToken, path: str) -> _Read:
    def read(tree: JsonTree, record: Record) -> TypedTree:
        value = parse(tree)
        return _refused(record, column, path, value, tree) if isinstance(value, Refusal) else value

    return read


def _list_reader(column: Column, logical: LogicalType, read_item: _Read, path: str) -> _Read:
    wrong = wrong_type(logical)

    def read(tree: JsonTree, record: Record) -> TypedTree:
        if not isinstance(tree, list):
            return _refused(record, column, path, wrong, tree)
        return [None if item is None else read_item(item, record) for item in tree]

    return read


def _struct_reader(column: Column, logical: LogicalType, path: str) -> _Read:
    wrong = wrong_type(logical)
    fields = [(child.name, _reader(child, child.type, child.path)) for child in column.children]
    names = {child.name for child in column.children}

    def read(tree: JsonTree, record: Record) -> TypedTree:
        if not isinstance(tree, dict):
            return _refused(record, column, path, wrong, tree)
        if not tree.keys() <= names:
            record.has_undeclared = True
        return _read_fields(fields, tree, record)

    return read


def _read_fields(
    fields: Sequence[tuple[str, _Read]], tree: dict[str, JsonTree], record: Record
) -> dict[str, TypedTree]:
    get = tree.get
    return {name: None if (value := get(name)) is None else read(value, record) for name, read in fields}


def _cell_reader(column: Column) -> Callable[[str, Record], TypedTree]:
    """Compile the reading of one CSV cell that is not empty."""
    if not isinstance(column.type, Struct | List):
        return _text_cell_reader(column)
    read_tree = _reader(column, column.type, column.path)
    no_json = Refusal(ReasonCode.INVALID_VALUE, describe(column.type) + " as JSON")

    def read(cell: str, record: Record) -> TypedTree:
        try:
            tree = json_text.parse(cell)
        except RecordError:
            return _refused(record, column, column.path, no_json, cell)
        if tree is None:
            return None
        value = read_tree(tree, record)
        record.extra.update(_undeclared([column], {column.name: tree}, ""))
        return value

    return read


def _text_cell_reader(column: Column) -> Callable[[str, Record], TypedTree]:
    parse = text_reader(column.type)

    def read(cell: str, record: Record) -> TypedTree:
        value = parse(cell)
        return _refused(record, column, column.path, value, cell) if isinstance(value, Refusal) else value

    return read


def _undeclared(columns: Iterable[Column], tree: Mapping[str, JsonTree], where: str) -> dict[str, JsonTree]:
    """Fields that no column declares, by concrete path, wherever the tree has the declared shape."""
    by_name = {column.name: column for column in columns}
    found: dict[str, JsonTree] = {}
    for name, value in tree.items():
        column = by_name.get(name)
        if column is None:
            found[where + name] = value
        elif column.children:
            found.update(_undeclared_inside(column, column.type, value, where + name))
    return found


def _undeclared_inside(column: Column, logical: LogicalType, value: JsonTree, where: str) -> dict[str, JsonTree]:
    if isinstance(logical, Struct) and isinstance(value, dict):
        return _undeclared(column.children, value, where + ".")
    found: dict[str, JsonTree] = {}
    if isinstance(logical, List) and isinstance(value, list):
        for i, item in enumerate(value):
            found.update(_undeclared_inside(column, logical.item, item, f"{where}[{i}]"))
    return found


def _refused(record: Record, column: Column, path: str, refusal: Refusal, got: JsonTree) -> TypedTree:
    """Note the reason; the value is null, in a record that is no row."""
    record.reasons.append(Reason(refusal.code, column=path, expected=refusal.expected, got=shown(column, got)))
    return None
