"""The contract as every other part sees it: frozen, complete and already proven consistent by load.py."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.naming import DatasetId
from gridata_contracts.types import LogicalType

if TYPE_CHECKING:
    from gridata_contracts.expressions import Expression

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class Severity(StrEnum):
    """`error` counts against the batch; `warning` is only told. What happens to rows is the check's `action`."""

    ERROR = "error"
    WARNING = "warning"


class Action(StrEnum):
    """What happens to the rows that break a check, once it is broken: see `Check`."""

    QUARANTINE = "quarantine"
    FLAG = "flag"
    FAIL_BATCH = "fail_batch"


class Nulls(StrEnum):
    """What a check says about null: it passes, it fails, or the row is not counted as evaluated."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Threshold:
    """How many failing rows a check puts up with; a check without one puts up with none.

    Attributes:
        rows: at most so many; None = no bound of this kind.
        percent: at most so many in a hundred evaluated rows, as written; None likewise.
        below_percent: fewer than so many in a hundred evaluated rows; None likewise.
    """

    rows: int | None = None
    percent: Decimal | None = None
    below_percent: Decimal | None = None

    def tolerates(self, failed: int, evaluated: int) -> bool:
        """All bounds hold; without a failing row they do, even where nothing was evaluated."""
        if failed == 0:
            return True
        return (
            (self.rows is None or failed <= self.rows)
            and (self.percent is None or failed * 100 <= self.percent * evaluated)
            and (self.below_percent is None or failed * 100 < self.below_percent * evaluated)
        )

    def __str__(self) -> str:
        bounds = ((self.rows, "{} rows"), (self.percent, "{} %"), (self.below_percent, "less than {} %"))
        return " and ".join(words.format(bound) for bound, words in bounds if bound is not None)


class Format(StrEnum):
    """Form of a landed file, before compression (`.gz`, `.zst`)."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ORC = "orc"


class UnknownFields(StrEnum):
    """What happens to fields the contract does not declare: kept in `_extra` with a warning, or rejected."""

    KEEP = "keep"
    REJECT = "reject"


@dataclass(frozen=True)
class Column:
    """One column or nested field.

    Attributes:
        path: dotted, `[*]` for an array's items: `items[*].price`.
        type: logical type; a Struct or List has `children`.
        required: null or absent breaks the check `<path>.is_not_null`, unless the object around it is null.
        pii: value is personal: masked in messages and quarantine, no column statistics in manifests.
        classification: `public`, `internal`, `confidential` or `restricted`; the last two are masked like pii.
        children: fields of a Struct, or of the Struct inside a List; empty otherwise.
    """

    name: str
    path: str
    type: LogicalType
    required: bool = False
    primary_key: bool = False
    pii: bool = False
    classification: str = "internal"
    description: str = ""
    tags: tuple[str, ...] = ()
    children: tuple[Column, ...] = ()

    @property
    def is_protected(self) -> bool:
        """Its values are in no message and no quarantined record: personal, confidential or restricted."""
        return self.pii or self.classification in ("confidential", "restricted")


@dataclass(frozen=True)
class Check:
    """One rule on one column (or across columns), compiled by each engine from the same definition.

    A check is broken when more rows fail it than `threshold` tolerates (without one: when any row does). Rows that
    fail a broken check go to quarantine (`quarantine`) or stay and are flagged (`flag`); `fail_batch` publishes
    nothing of the batch. Rows that fail a check which is not broken stay and are flagged.

    Attributes:
        id: unique in the contract and stable: `<column path>.<rule>` unless the contract names it.
        rule: name in `gridata_contracts.rules.RULES`.
        column: path the rule looks at; None for a rule of the whole row or batch.
        arguments: by name, already validated against the rule's signature.
        expected: what is allowed, in words a producer understands.
        where: only rows for which it is true are evaluated; None = all.
        nulls: what a null value of the column says; rules about nulls decide themselves.
        dimension: of quality, one of the standard's seven; None = not said.
        source: what in the contract asked for it, such as `schema[0].properties[3].quality[0]`.
        expressions: by argument, the condition that its text was read as.
    """

    id: str
    rule: str
    column: str | None
    arguments: Mapping[str, JsonValue]
    severity: Severity = Severity.ERROR
    expected: str = ""
    action: Action = Action.QUARANTINE
    threshold: Threshold | None = None
    where: Expression | None = None
    nulls: Nulls = Nulls.PASS
    dimension: str | None = None
    source: str = ""
    expressions: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """sha256 of what the check asks, first 16 hex digits: numbers of one fingerprint can be compared.

        Threshold, action and severity are not part of it: they judge the number, they do not change it.
        """
        asked = [self.rule, self.column, dict(self.arguments), self.where and self.where.text, self.nulls.value]
        text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def rejects_each_row(self) -> bool:
        """A row that fails it is rejected whatever other rows do."""
        return self.threshold is None and self.action is not Action.FLAG

    @property
    def may_reject(self) -> bool:
        """Rows that fail it are rejected once it is broken."""
        return self.action is not Action.FLAG


@dataclass(frozen=True)
class Note:
    """Something a contract promises in words, or in a way that nothing here evaluates.

    Attributes:
        about: path of the column, or `slaProperties.<property>`; empty for the dataset.
        source: what in the contract says it, such as `schema[0].properties[3].quality[0]`.
    """

    about: str
    text: str
    source: str


@dataclass(frozen=True)
class Csv:
    """How CSV files of the dataset are written (RFC 4180; always with a header line)."""

    delimiter: str = ","
    quote: str = '"'


@dataclass(frozen=True)
class Landing:
    """How files of the dataset arrive.

    Attributes:
        aliases: further key prefixes accepted for this dataset, such as `raw/ecommerce/orders/`.
        same_content: what happens to content already known under another key: `publish` (and warn) or `duplicate`.
    """

    format: Format
    aliases: tuple[str, ...] = ()
    same_content: str = "publish"
    csv: Csv = field(default_factory=Csv)


@dataclass(frozen=True)
class Contract:
    """What flows in one dataset version: schema, rules, ownership, retention.

    Attributes:
        version: semantic version of the document; its major equals `id.major`.
        columns: top-level columns in declared order.
        checks: every check, declared and derived (required, primary key), in stable order; each row
            check's position is its bit in the packed verdict.
        primary_key: paths of top-level key columns, in key order; may be empty.
        order_by: top-level column that says which version of a key is latest in silver; None = object order.
        freshness_s: a published table older than this breaks the SLA; None = no promise.
        hash: sha256 of the parsed document; stamped on batches and snapshots.
        lane_threshold_bytes: batches above it go to Spark.
        lane: `auto`, or one lane fixed by the contract.
        notes: what it says of quality and service that is not evaluated.
        extra: further `gridata.*` custom properties, by name without the prefix.
        words: what the document says to people alone, by place (words.py).
    """

    id: DatasetId
    version: str
    status: str
    title: str
    description: str
    owner: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    primary_key: tuple[str, ...]
    landing: Landing
    hash: str
    path: Path
    order_by: str | None = None
    unknown_fields: UnknownFields = UnknownFields.KEEP
    landing_retention_days: int = 90
    quarantine_retention_days: int = 30
    table_retention_days: int | None = None
    freshness_s: int | None = None
    lane: str = "auto"
    lane_threshold_bytes: int = 16 * 2**30
    compute_profile: str = "small"
    tags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    words: Mapping[str, JsonValue] = field(default_factory=dict)

    def lane_of(self, size_bytes: int) -> str:
        """`duckdb` up to the threshold of landed bytes, `spark` above; a fixed lane wins over size."""
        if self.lane != "auto":
            return self.lane
        return "duckdb" if size_bytes <= self.lane_threshold_bytes else "spark"


@dataclass(frozen=True)
class Trigger:
    """What starts a pipeline: exactly one of the four is set.

    Attributes:
        landing: dataset ids whose batches start one run each (`dag_run_id` = run id of the batch).
        upstream: tables whose publication starts a run (Airflow Assets).
        cron: five fields, UTC.
        manual: only people start it.
    """

    landing: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    cron: str | None = None
    manual: bool = False


@dataclass(frozen=True)
class Step:
    """One job of a pipeline.

    Attributes:
        job: sub-command of `gridata-job`: ingest, process_orders, customer_360, quality_checks, maintain, health.
        arguments: further options as `--name value`; may use Airflow templates.
        after: names of steps of the same pipeline that run before; default: the step written above.
    """

    name: str
    job: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    profile: str = "small"
    arguments: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Retries:
    """Transient errors only; a permanent error fails at once."""

    attempts: int = 3
    delay_s: int = 30


@dataclass(frozen=True)
class Notification:
    """Where a pipeline reports: `slack`, `email` or `pagerduty`, with the channel's own settings."""

    channel: str
    on: str  # failure | success | retry
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Pipeline:
    """One DAG: its name is the DAG id."""

    name: str
    description: str
    owner: str
    trigger: Trigger
    steps: tuple[Step, ...]
    retries: Retries = field(default_factory=Retries)
    sla_s: int | None = None
    notifications: tuple[Notification, ...] = ()
    tags: tuple[str, ...] = ()
    path: Path | None = None
