"""Faults of JSON lines that no contract is needed for: the record cannot be read as an object."""

from __future__ import annotations

import json
from collections.abc import Callable

from gridata_contracts.model import JsonValue
from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.faults import Breach, Fault, unreadable

Record = dict[str, JsonValue]
LineFault = Fault[Record, bytes]

_MARK = "\ue000"
"""Stands for bytes no text can hold, until the line is encoded."""


def encode(record: Record) -> bytes:
    """One line of JSON, without its end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def line_fault(
    name: str, breach: Breach, change: Callable[[Record], object], needs: Callable[[Record], bool] = lambda _: True
) -> LineFault:
    """A fault that changes fields of the record and leaves its JSON valid."""

    def spoil(record: Record) -> bytes:
        change(record)
        return encode(record)

    return Fault(name, (breach,), spoil, needs)


def setting(name: str, breach: Breach, field: str, value: JsonValue) -> LineFault:
    """A fault that sets one top-level field."""
    return line_fault(name, breach, lambda record: record.update({field: value}))


def json_faults(text_field: str, number_field: str) -> tuple[LineFault, ...]:
    """Ten ways to break a line of JSON.

    Args:
        text_field: a field that holds text or null; invalid bytes go there, and it is named twice.
        number_field: a field that holds a number.
    """
    invalid, encoding = unreadable(ReasonCode.INVALID_JSON), unreadable(ReasonCode.INVALID_ENCODING)
    not_object = unreadable(ReasonCode.NOT_AN_OBJECT)
    return (
        Fault("trailing_comma", (invalid,), lambda record: encode(record)[:-1] + b",}"),
        Fault("truncated_line", (invalid,), _truncated),
        Fault("nan_token", (invalid,), lambda record: encode({**record, number_field: float("nan")})),
        Fault("two_objects_in_a_line", (invalid,), lambda record: encode(record) + b" " + encode(record)),
        Fault("array_not_object", (not_object,), lambda record: b"[" + encode(record) + b"]"),
        Fault("text_not_object", (not_object,), lambda _: b'"see attached file"'),
        Fault("null_not_object", (not_object,), lambda _: b"null"),
        Fault(
            "field_named_twice",
            (unreadable(ReasonCode.DUPLICATE_FIELD, text_field),),
            lambda record: encode(record)[:-1] + b',"' + text_field.encode() + b'":null}',
        ),
        Fault("latin_1_bytes", (encoding,), lambda record: _with_bytes(record, text_field, b"Ren\xe9e")),
        Fault("surrogate_bytes", (encoding,), lambda record: _with_bytes(record, text_field, b"\xed\xa0\x80")),
    )


def _truncated(record: Record) -> bytes:
    text = encode(record).decode()
    return text[: 2 * len(text) // 3].encode()  # cut between characters: the bytes stay UTF-8


def _with_bytes(record: Record, field: str, raw: bytes) -> bytes:
    return encode({**record, field: _MARK}).replace(_MARK.encode(), raw)
