"""Rejected records as rows of the quarantine table and as the producer's reason file. No value of PII leaves here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from gridata_contracts.model import Check, Column, Contract
from gridata_contracts.reasons import MASK, Reason, ReasonCode
from gridata_contracts.sql.paths import ITEMS, columns_by_path
from gridata_jobs.read import json_text
from gridata_jobs.read.arrow_any import ArrowType
from gridata_jobs.read.json_text import JsonTree
from gridata_jobs.read.masking import excerpt, masked
from gridata_jobs.read.record import TypedTree
from gridata_jobs.read.source import RawRecord

MAX_RECORD_CHARS = 2**20
"""Longer masked records are not copied into the table; landing keeps them."""

_CODES = {"is_not_null": ReasonCode.MISSING_REQUIRED, "is_unique": ReasonCode.DUPLICATE_KEY}

REASON = pa.struct([pa.field(name, pa.string()) for name in ("code", "check", "column", "expected", "got")])
"""Arrow type of one reason."""
_FIELDS: list[ArrowType] = [
    pa.field("_file_id", pa.string(), nullable=False),
    pa.field("_batch_id", pa.string(), nullable=False),
    pa.field("_row_number", pa.int64()),
    pa.field("_source_uri", pa.string(), nullable=False),
    pa.field("_ingested_at", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("reasons", pa.list_(pa.field("element", REASON))),
    pa.field("record", pa.string()),
    pa.field("record_sha256", pa.string()),
    pa.field("record_bytes", pa.int64()),
    pa.field("contract_version", pa.string()),
    pa.field("contract_hash", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)
"""Arrow schema of quarantine rows; the Iceberg table is emitted by gridata_contracts.emit.iceberg."""


@dataclass(frozen=True)
class Origin:
    """The file that rejected records came from."""

    file_id: str
    batch_id: str
    source_uri: str
    ingested_at: datetime


@dataclass(frozen=True)
class Rejected:
    """One rejected record, or (row None) one rejected file.

    Attributes:
        record: masked JSON text; None where the record could not be parsed.
        sha256, size_bytes: of the raw record; None for rows of columnar files.
        values: the typed values of a row that broke checks, where the Explainer keeps them; never written, only shown
            to the file's owner.
    """

    row: int | None
    reasons: tuple[Reason, ...]
    record: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    values: Mapping[str, TypedTree] | None = None


class Explainer:
    """Says why records of one contract were rejected."""

    def __init__(self, contract: Contract, *, keep_values: bool = False) -> None:
        """Prepare for one contract.

        Args:
            contract: gives columns and checks.
            keep_values: for the eyes of the file's owner; they take many times the memory of the record.
        """
        self._contract = contract
        self._keep_values = keep_values
        self._columns = columns_by_path(contract)

    def explain(self, raw: RawRecord, broken: Sequence[Check]) -> Rejected:
        """A record the reader could not take, or else a row that broke checks."""
        return self.refused(raw) if raw.record.reasons else self.broken(raw, broken)

    def refused(self, raw: RawRecord) -> Rejected:
        """A record the reader could not take: its own reasons."""
        return self._rejected(raw, tuple(raw.record.reasons))

    def broken(self, raw: RawRecord, checks: Sequence[Check]) -> Rejected:
        """A row that broke checks: one reason each."""
        return self._rejected(raw, tuple(reason_of(check, raw.record.tree or {}, self._columns) for check in checks))

    def _rejected(self, raw: RawRecord, reasons: tuple[Reason, ...]) -> Rejected:
        tree = raw.record.tree
        text = json_text.dump(masked(self._contract.columns, tree)) if tree is not None else None
        kept = text if text is not None and len(text) <= MAX_RECORD_CHARS else None
        values = None
        if self._keep_values and not raw.record.reasons:
            values = {**raw.record.values, "_extra": raw.record.extra_json}
        if raw.raw is None:
            return Rejected(raw.row, reasons, kept, values=values)
        return Rejected(raw.row, reasons, kept, hashlib.sha256(raw.raw).hexdigest(), len(raw.raw), values)


def reason_of(check: Check, tree: Mapping[str, JsonTree], columns: Mapping[str, Column]) -> Reason:
    """Why a row fails a check.

    Args:
        check: one that it fails.
        tree: the row's values.
        columns: of the contract, by path.
    """
    column = columns.get(check.column or "")
    code = _CODES.get(check.rule, ReasonCode.CHECK_FAILED)
    got = None
    if column is not None and code is ReasonCode.CHECK_FAILED:
        got = MASK if column.is_protected else _found(tree, column)
    return Reason(code, check.id, check.column or _only_key(check), check.expected, got)


def to_text(rejected: Rejected) -> str:
    """A Rejected on its way through Spark or a local file; without its values."""
    return json.dumps(
        {
            "row": rejected.row,
            "reasons": [reason.to_dict() for reason in rejected.reasons],
            "record": rejected.record,
            "sha256": rejected.sha256,
            "size_bytes": rejected.size_bytes,
        }
    )


def from_text(text: str) -> Rejected:
    """The Rejected of `to_text`."""
    plain = json.loads(text)
    reasons = tuple(Reason(ReasonCode(r.pop("code")), **r) for r in plain["reasons"])
    return Rejected(plain["row"], reasons, plain["record"], plain["sha256"], plain["size_bytes"])


def to_arrow(rejected: Iterable[Rejected], origin: Origin, contract: Contract) -> pa.Table:
    """Rows of the quarantine table."""
    rows = [
        {
            "_file_id": origin.file_id,
            "_batch_id": origin.batch_id,
            "_row_number": each.row,
            "_source_uri": origin.source_uri,
            "_ingested_at": origin.ingested_at,
            "reasons": [reason.to_dict() for reason in each.reasons],
            "record": each.record,
            "record_sha256": each.sha256,
            "record_bytes": each.size_bytes,
            "contract_version": contract.version,
            "contract_hash": contract.hash,
        }
        for each in rejected
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _only_key(check: Check) -> str | None:
    """The column of a check on one key column; None for a compound key."""
    columns = check.arguments.get("columns")
    return str(columns[0]) if isinstance(columns, list) and len(columns) == 1 else None


def _found(tree: Mapping[str, JsonTree], column: Column) -> str | None:
    """Excerpt of the values at a column's path: one, or all of an array's."""
    values = _values(dict(tree), column.path.split("."))
    texts = [excerpt(value) for value in values if value is not None]
    if not texts:
        return None
    return json_text.short(", ".join(texts))


def _values(tree: JsonTree, parts: Sequence[str]) -> list[JsonTree]:
    if not parts:
        return [tree]
    if not isinstance(tree, dict):
        return []
    value = tree.get(parts[0].removesuffix(ITEMS))
    if parts[0].endswith(ITEMS):
        return [found for item in (value if isinstance(value, list) else []) for found in _values(item, parts[1:])]
    return _values(value, parts[1:])
