"""Promises in `slaProperties`: how long data is kept and how fresh it is. What else they say is kept as a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from open_data_contract_standard.model import ServiceLevelAgreementProperty

from gridata_contracts.columns import Place, Schema
from gridata_contracts.literals import type_word
from gridata_contracts.problems import Absent, Problems, did_you_mean
from gridata_contracts.types import Date, Timestamp
from gridata_contracts.wanted import CHECK_ID, CHECK_ID_WORDS, Wanted

_DAY_S = 86_400
_UNIT_S = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), _DAY_S),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * _DAY_S),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * _DAY_S),
}
_ELEMENTS = ("landing", "quarantine", "table")
"""Elements that are no columns: what the platform keeps of a dataset."""
EVALUATED = ("latency", "retention")
_KINDS = {"freshness": "latency", "ly": "latency", "re": "retention"}
_RULES = {"latency": "has_freshness", "retention": "has_oldest_age"}


@dataclass(frozen=True)
class ServiceLevels:
    """Days each kind of data is kept, the promised freshness of the bronze table, and what is asked of each batch.

    Attributes:
        checks: of the columns that a promise names as its element; a batch that breaks one is told, not held.
    """

    landing_retention_days: int = 90
    quarantine_retention_days: int = 30
    table_retention_days: int | None = None
    freshness_s: int | None = None
    checks: tuple[Wanted, ...] = ()


@dataclass
class _Reading:
    """The schema that promises are about, and what was read so far."""

    schema: Schema
    table: str
    problems: Problems
    said: set[str] = field(default_factory=set)
    days: dict[str, int] = field(default_factory=dict)
    freshness_s: int | None = None
    checks: list[Wanted] = field(default_factory=list)


def kind_of(name: str) -> str:
    """The standard's main name of a service level: names are the same in any case, and some have synonyms."""
    return _KINDS.get(name.lower(), name.lower())


def read_service_levels(
    properties: Sequence[ServiceLevelAgreementProperty] | None, schema: Schema, table: str, problems: Problems
) -> ServiceLevels:
    """Retention per element, freshness, and checks of columns; problems are noted.

    Args:
        properties: as written.
        schema: columns that an element may name.
        table: name of the schema object, which an element may put before its column.
        problems: takes what is wrong.
    """
    found = _Reading(schema, table, problems)
    for i, item in enumerate(properties or ()):
        where = f"slaProperties[{i}]"
        if not item.property:
            problems.add(f"{where}.property", Absent, f"a name such as {', '.join(EVALUATED)}")
        elif kind_of(item.property) in EVALUATED:
            _read(item, where, found)
    days = found.days
    levels = ServiceLevels(
        days.get("landing", 90), days.get("quarantine", 30), days.get("table"), found.freshness_s, tuple(found.checks)
    )
    if levels.landing_retention_days < levels.quarantine_retention_days:
        problems.add(
            "slaProperties",
            f"landing {levels.landing_retention_days} d, quarantine {levels.quarantine_retention_days} d",
            "landing retention >= quarantine retention",
            "Replay reads the landed file, so keep it at least as long.",
        )
    return levels


def _read(item: ServiceLevelAgreementProperty, where: str, found: _Reading) -> None:
    kind = kind_of(item.property or "")
    if item.id is not None and not CHECK_ID.fullmatch(item.id):
        found.problems.add(f"{where}.id", item.id, CHECK_ID_WORDS)
    seconds = _seconds(item, kind, where, found.problems)
    elements = list(_elements(item, kind, where, found))
    if seconds is None:
        return
    if kind == "latency":
        found.freshness_s = seconds if found.freshness_s is None else min(seconds, found.freshness_s)
    for element in elements:
        if isinstance(element, Place):
            id_ = item.id if len(elements) == 1 else None
            check = Wanted(_RULES[kind], {"max": seconds}, where, id_, "warning", {}, "timeliness", element.path)
            found.checks.append(check)
        if kind == "retention":
            kept = "table" if isinstance(element, Place) else element  # a column says how old a row may be
            found.days[kept] = min(seconds // _DAY_S, found.days.get(kept, seconds // _DAY_S))


def _elements(item: ServiceLevelAgreementProperty, kind: str, where: str, found: _Reading) -> Iterator[Place | str]:
    """What the promise is about: columns with a date or an instant, or what the platform keeps."""
    allowed = ("table",) if kind == "latency" else _ELEMENTS
    for name in (part.strip() for part in (item.element or "table").split(",")):
        if name not in allowed:
            place = _column(name, allowed, where, found)
            if place is not None:
                yield place
            continue
        if kind == "retention" and name in found.said:
            found.problems.add(f"{where}.element", name, "each element once", "Keep the shorter promise.")
        found.said.add(name)
        yield name


def _column(name: str, allowed: Sequence[str], where: str, found: _Reading) -> Place | None:
    path = name if name in found.schema.properties else name.removeprefix(f"{found.table}.")
    place = found.schema.places.get(path)
    if place is None:
        if path not in found.schema.properties:  # else what is wrong with that column was noted
            hint = did_you_mean(name, [*allowed, *found.schema.places])
            found.problems.add(f"{where}.element", name, f"{', '.join(allowed)} or the path of a column", hint)
        return None
    if place.scope or not isinstance(place.type, Date | Timestamp):
        what = f"{place.path} is {type_word(place.type)}{' in an array' if place.scope else ''}."
        found.problems.add(f"{where}.element", name, "a column with one date or timestamp per row", what)
        return None
    return place


def _seconds(item: ServiceLevelAgreementProperty, kind: str, where: str, problems: Problems) -> int | None:
    unit_s = _UNIT_S.get(item.unit or "")
    if unit_s is None:
        problems.add_choice(f"{where}.unit", item.unit or Absent, ("s", "m", "h", "d", "w", "y"))
        return None
    smallest_s = _DAY_S if kind == "retention" else 1
    value = item.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0 or value * unit_s % smallest_s:
        allowed = "a number above 0 of whole days" if kind == "retention" else "a number above 0 of whole seconds"
        problems.add(f"{where}.value", f"{value} {item.unit}", allowed)
        return None
    return int(value * unit_s)
