"""The quarantine is held against the answer key reason by reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.types import ListType, LongType, NestedField, StringType, StructType

from gridata_contracts.naming import DatasetId, file_id
from gridata_contracts.reasons import ReasonCode
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.demo.compare import compare, found_reasons
from gridata_control.ledger import FileState, LandedFile, NewFile, open_ledger
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.settings import Settings

ORDERS = DatasetId("ecommerce", "orders", 1)
KEY = "landing/ecommerce/orders/v1/a.jsonl"
BROKEN = ExpectedReason(KEY, 3, ReasonCode.CHECK_FAILED, "tax.is_between", "tax")
TWICE = ExpectedReason(KEY, 4, ReasonCode.DUPLICATE_KEY, "order_id.is_unique", "order_id")


def test_equal_whatever_the_order() -> None:
    assert compare([BROKEN, TWICE], [TWICE, BROKEN]).equal


def test_a_reason_that_was_not_found_is_missing() -> None:
    check = compare([BROKEN, TWICE], [TWICE])
    assert (check.missing, check.unexpected, check.equal) == ((BROKEN,), (), False)


def test_a_reason_found_twice_is_one_too_many() -> None:
    check = compare([BROKEN], [BROKEN, BROKEN])
    assert (check.missing, check.unexpected, check.equal) == ((), (BROKEN,), False)


def test_another_check_on_the_same_row_is_both_missing_and_unexpected() -> None:
    other = ExpectedReason(KEY, 3, ReasonCode.CHECK_FAILED, "tax.is_at_most_column", "tax")
    check = compare([BROKEN], [other])
    assert (check.missing, check.unexpected) == ((BROKEN,), (other,))


def test_reasons_come_from_the_tables_and_for_unread_files_from_the_ledger_and_only_of_the_given_files(
    settings: Settings,
) -> None:
    ledger = open_ledger(settings)
    ledger.see([
        _new(KEY, FileState.SEEN),
        _new("landing/ecommerce/orders/v1/empty.jsonl", FileState.EMPTY, ReasonCode.EMPTY_FILE),
        _new("landing/ecommerce/orders/v1/somebody-elses.jsonl", FileState.SEEN),
    ])  # fmt: skip
    _quarantine(settings, [
        (KEY, 3, [BROKEN]),
        (KEY, None, [ExpectedReason(KEY, None, ReasonCode.UNREADABLE_FILE)]),
        ("landing/ecommerce/orders/v1/somebody-elses.jsonl", 1, [BROKEN]),
    ])  # fmt: skip
    records = [record for record in ledger.files() if "somebody" not in record.file.key]
    found = found_reasons(open_catalog(settings), records)
    ledger.close()
    assert compare(
        [
            BROKEN,
            ExpectedReason(KEY, None, ReasonCode.UNREADABLE_FILE),
            ExpectedReason("landing/ecommerce/orders/v1/empty.jsonl", None, ReasonCode.EMPTY_FILE),
        ],
        found,
    ).equal


def _new(key: str, state: FileState, reason: ReasonCode | None = None) -> NewFile:
    file = LandedFile(file_id("local", key, "v"), "local", key, "v", 10)
    return NewFile(file, None, datetime(2024, 1, 1, tzinfo=UTC), ORDERS, state, reason)


def _quarantine(settings: Settings, rows: list[tuple[str, int | None, list[ExpectedReason]]]) -> None:
    """A quarantine table with the columns the comparison reads."""
    names = ("code", "check", "column", "expected", "got")
    reason = StructType(*(NestedField(10 + i, name, StringType(), required=False) for i, name in enumerate(names)))
    schema = Schema(
        NestedField(1, "_file_id", StringType(), required=False),
        NestedField(2, "_row_number", LongType(), required=False),
        NestedField(3, "reasons", ListType(4, reason, element_required=False), required=False),
    )
    table = ensure_table(
        open_catalog(settings), "ecommerce_quarantine.orders_v1", schema, UNPARTITIONED_PARTITION_SPEC, {}
    )
    values = [
        {
            "_file_id": file_id("local", key, "v"),
            "_row_number": number,
            "reasons": [
                {"code": each.reason.value, "check": each.check, "column": each.column, "expected": None, "got": None}
                for each in reasons
            ],
        }
        for key, number, reasons in rows
    ]
    table.append(pa.Table.from_pylist(values, schema=table.schema().as_arrow()))
