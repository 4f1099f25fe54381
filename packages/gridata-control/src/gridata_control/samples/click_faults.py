"""Faults of click events, each breaking exactly what it says."""

from __future__ import annotations

from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.faults import Fault, broken, unreadable
from gridata_control.samples.json_faults import LineFault, Record, encode, json_faults, line_fault, setting
from gridata_control.samples.order_faults import FAR_FUTURE

_INVALID, _WRONG, _RANGE = ReasonCode.INVALID_VALUE, ReasonCode.WRONG_TYPE, ReasonCode.OUT_OF_RANGE


def _remove_dashes(record: Record) -> None:
    record["event_id"] = str(record["event_id"]).replace("-", "")  # still unique


def click_faults() -> tuple[LineFault, ...]:
    """Every fault of click events."""
    return (
        *json_faults("referrer", "duration_ms"),
        setting("text_for_number", unreadable(_WRONG, "duration_ms"), "duration_ms", "1200"),
        setting("duration_over_32_bits", unreadable(_RANGE, "duration_ms"), "duration_ms", 2**31),
        setting("fraction_for_whole_number", unreadable(_INVALID, "duration_ms"), "duration_ms", 12.5),
        setting("number_for_text", unreadable(_WRONG, "session_id"), "session_id", 4711),
        setting("object_for_text", unreadable(_WRONG, "page_url"), "page_url", {"path": "/"}),
        setting("no_zone", unreadable(_INVALID, "event_ts"), "event_ts", "2023-11-05T01:30:00"),
        setting("hour_24", unreadable(_INVALID, "event_ts"), "event_ts", "2023-11-05T24:00:00Z"),
        line_fault("session_absent", broken("session_id", "is_not_null"), lambda record: record.pop("session_id")),
        line_fault("event_id_without_dashes", broken("event_id", "has_pattern"), _remove_dashes),
        setting("unknown_event", broken("event_type", "is_in_set"), "event_type", "hover"),
        setting("unknown_device", broken("device", "is_in_set"), "device", "fridge"),
        setting("negative_duration", broken("duration_ms", "is_between"), "duration_ms", -5),
        setting("in_the_future", broken("event_ts", "is_not_after_as_of"), "event_ts", FAR_FUTURE),
        setting("lower_case_country", broken("country", "has_pattern"), "country", "de"),
        Fault("same_event_twice", (broken("event_id", "is_unique"),), encode, keeps_original=True),
    )
