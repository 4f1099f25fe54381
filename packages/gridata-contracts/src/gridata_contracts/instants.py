"""Readers of dates and instants: text → date or aware UTC datetime, compiled once per type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from gridata_contracts.reasons import ReasonCode
from gridata_contracts.refusals import Refusal, invalid, out_of_range
from gridata_contracts.types import Date, Timestamp

# The standard library's fromisoformat reads more than these forms (week dates, hour 24), so the form is decided here.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL = rf"{_DATE.pattern}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,6}})?"
_OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"


def date_reader(logical: Date) -> Callable[[str], dt.date | Refusal]:
    """Days of the calendar."""
    no_date = invalid(logical)

    def read(text: str) -> dt.date | Refusal:
        if _DATE.fullmatch(text) is None:
            return no_date
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return no_date

    return read


def timestamp_reader(logical: Timestamp) -> Callable[[str], dt.datetime | Refusal]:
    """Instants in UTC; without an offset only where the contract names the zone of the source."""
    zone = ZoneInfo(logical.zone) if logical.zone else None
    has_form = re.compile(_LOCAL + _OFFSET + ("?" if zone else "")).fullmatch
    no_instant, too_far = invalid(logical), out_of_range(logical)
    no_such_time = Refusal(ReasonCode.INVALID_VALUE, f"a local time that exists in {logical.zone}")

    def read(text: str) -> dt.datetime | Refusal:
        if has_form(text) is None:
            return no_instant
        try:
            instant = dt.datetime.fromisoformat(text)
        except ValueError:  # no day of the calendar
            return no_instant
        if instant.tzinfo is dt.UTC:
            return instant
        try:
            if zone is None or instant.tzinfo is not None:
                return instant.astimezone(dt.UTC)
            return _from_local(instant, zone) or no_such_time
        except OverflowError:
            return too_far

    return read


def _from_local(local: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """The instant of a local time, the first of two; None inside a daylight-saving gap."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None
