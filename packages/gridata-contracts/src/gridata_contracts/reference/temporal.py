"""Rules about instants and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds


def _is_not_after_as_of(case: Case) -> bool:
    limit = case.as_of + dt.timedelta(seconds=case.argument("slack_s") or 0)
    return bool(case.value <= (limit if isinstance(case.value, dt.datetime) else limit.astimezone(dt.UTC).date()))


HOLDS: Mapping[str, Holds] = {"is_not_after_as_of": _is_not_after_as_of}
