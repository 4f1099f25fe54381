"""Faults of customers' CSV records, each breaking exactly what it says."""

from __future__ import annotations

from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.csv_rows import CsvRecord, encode
from gridata_control.samples.faults import Breach, Fault, broken, unreadable
from gridata_control.samples.order_faults import FAR_FUTURE

CsvFault = Fault[CsvRecord, bytes]

_MARK = "\ue000"
"""Stands for bytes no text can hold, until the record is encoded."""


def customer_faults() -> tuple[CsvFault, ...]:
    """Every fault of customers."""
    field_count, encoding = unreadable(ReasonCode.FIELD_COUNT), unreadable(ReasonCode.INVALID_ENCODING)
    return (
        Fault("field_missing", (field_count,), lambda record: encode(tuple(record.values())[:-1])),
        Fault("field_too_many", (field_count,), lambda record: encode((*record.values(), "?"))),
        Fault("latin_1_bytes", (encoding,), lambda record: _with_bytes(record, b"M\xfcnchen")),
        _invalid("yes_for_boolean", "marketing_opt_in", "yes"),
        _invalid("february_30", "birth_date", "1985-02-30"),
        _invalid("german_date", "signup_date", "31.12.2022"),
        _invalid("no_zone", "updated_at", "2023-03-26T02:30:00"),
        _cell("email_absent", broken("email", "is_not_null"), None),
        _cell("email_without_host", broken("email", "has_pattern"), "someone@"),
        Fault(
            "lower_case_customer_id",
            (broken("customer_id", "has_pattern"),),
            lambda record: encode({**record, "customer_id": str(record["customer_id"]).lower()}.values()),
        ),
        _cell("country_in_words", broken("country", "has_pattern"), "Germany"),
        _cell("unknown_segment", broken("segment", "is_in_set"), "vip"),
        _cell("blank_name", broken("first_name", "is_not_blank"), "   "),
        _cell("born_after_signing_up", broken("birth_date", "is_at_most_column"), "2024-01-01"),
        _cell("language_in_words", broken("preferred_language", "has_pattern"), "German"),
        _cell("updated_in_the_future", broken("updated_at", "is_not_after_as_of"), FAR_FUTURE),
        Fault(
            "same_customer_twice",
            (broken("customer_id", "is_unique"),),
            lambda record: encode(record.values()),
            keeps_original=True,
        ),
    )


def _cell(name: str, breach: Breach, value: str | None) -> CsvFault:
    """A fault that writes one value into the breached column."""
    column = breach.column or ""
    return Fault(name, (breach,), lambda record: encode({**record, column: value}.values()))


def _invalid(name: str, column: str, value: str) -> CsvFault:
    return _cell(name, unreadable(ReasonCode.INVALID_VALUE, column), value)


def _with_bytes(record: CsvRecord, raw: bytes) -> bytes:
    return encode({**record, "city": _MARK}.values()).replace(_MARK.encode(), raw)
