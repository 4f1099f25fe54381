"""Promises in `slaProperties`: how long data is kept and how fresh a table is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from open_data_contract_standard.model import ServiceLevelAgreementProperty

from gridata_contracts.problems import Absent, Problems

_DAY_S = 86_400
_UNIT_S = {
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), _DAY_S),
    **dict.fromkeys(("w", "week", "weeks"), 7 * _DAY_S),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * _DAY_S),
}
_ELEMENTS = ("landing", "quarantine", "table")
_FRESHNESS = ("freshness", "latency")
_INFORMATIVE = (
    "availability",
    "throughput",
    "errorRate",
    "generalAvailability",
    "endOfSupport",
    "endOfLife",
    "frequency",
    "timeOfAvailability",
    "timeToDetect",
    "timeToNotify",
    "timeToRepair",
)
KNOWN = ("retention", *_FRESHNESS, *_INFORMATIVE)


@dataclass(frozen=True)
class ServiceLevels:
    """Days each kind of data is kept, and the promised freshness of the bronze table."""

    landing_retention_days: int = 90
    quarantine_retention_days: int = 30
    table_retention_days: int | None = None
    freshness_s: int | None = None


def read_service_levels(
    properties: Sequence[ServiceLevelAgreementProperty] | None, problems: Problems
) -> ServiceLevels:
    """Retention per element and freshness; problems are noted."""
    days: dict[str, int] = {}
    freshness_s: int | None = None
    for i, item in enumerate(properties or ()):
        where = f"slaProperties[{i}]"
        if item.property not in KNOWN:
            problems.add_choice(f"{where}.property", item.property or Absent, KNOWN)
        elif item.property in _FRESHNESS:
            freshness_s = _seconds(item, where, problems)
        elif item.property == "retention":
            element = item.element or "table"
            if element not in _ELEMENTS or element in days:
                problems.add_choice(f"{where}.element", element, _ELEMENTS, "Each element once.")
                continue
            days[element] = (_seconds(item, where, problems) or _DAY_S) // _DAY_S
    levels = ServiceLevels(days.get("landing", 90), days.get("quarantine", 30), days.get("table"), freshness_s)
    if levels.landing_retention_days < levels.quarantine_retention_days:
        problems.add(
            "slaProperties",
            f"landing {levels.landing_retention_days} d, quarantine {levels.quarantine_retention_days} d",
            "landing retention >= quarantine retention",
            "Replay reads the landed file, so keep it at least as long.",
        )
    return levels


def _seconds(item: ServiceLevelAgreementProperty, where: str, problems: Problems) -> int | None:
    unit_s = _UNIT_S.get(item.unit or "")
    if unit_s is None:
        problems.add_choice(f"{where}.unit", item.unit or Absent, ("m", "h", "d", "w", "y"))
        return None
    whole_days = item.property != "retention" or unit_s % _DAY_S == 0
    if type(item.value) is not int or item.value < 1 or not whole_days:
        problems.add(f"{where}.value", f"{item.value} {item.unit}", "a whole number >= 1; retention in days or longer")
        return None
    return item.value * unit_s
