"""The standard's library metrics as checks: of rows where only too much is bad, else of one number of the batch.

An upper bound says how many bad rows are put up with: the check is the rule that a good row keeps, with that threshold,
so that bad rows get their reasons. Any other bound says something about the number alone, and no row is to blame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from open_data_contract_standard.model import DataQuality

from gridata_contracts.columns import Place
from gridata_contracts.patterns import PatternError, parse_pattern
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.quality_limits import Limits, percentage, read_limits, whole
from gridata_contracts.wanted import Wanted

METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
UNITS = ("rows", "percent")


@dataclass(frozen=True)
class Metric:
    """What a metric counts, as rules.

    Attributes:
        row: the rule that a row keeps which is not counted, with its arguments; None where no row is to blame.
        terms: how that rule is judged.
        batch: the rules about the count and about the share; None where it has no share.
        arguments: of both.
        written: where the arguments are written.
    """

    row: tuple[str, Mapping[str, Any]] | None
    batch: tuple[str, str | None]
    arguments: Mapping[str, Any]
    written: Mapping[str, str]
    terms: Mapping[str, Any]


def library_check(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Wanted | None:
    """The check of one library metric; None when a problem was noted.

    Args:
        item: the entry as written.
        place: the property it is written at; None is the schema itself.
        where: path of the entry in the document.
        problems: takes what is wrong.
    """
    name = item.metric or item.rule
    if item.metric and item.rule not in (None, item.metric):
        problems.add(f"{where}.rule", item.rule, f"{item.metric}, as metric says", "It is the older name; drop it.")
        return None
    if name not in METRICS:
        key = "rule" if item.metric is None and item.rule is not None else "metric"
        got = Absent if name is None else name
        problems.add_choice(f"{where}.{key}", got, METRICS, "Any rule can be asked with engine: gridata.")
        return None
    metric = _READ[name](item, place, where, problems)
    limits = read_limits(item, where, problems)
    if item.unit not in (None, *UNITS):
        problems.add_choice(f"{where}.unit", item.unit, UNITS)
        return None
    if metric is None or limits is None:
        return None
    counted = _in_percent if item.unit == "percent" else _in_rows
    wanted = counted(metric, limits, where, problems)
    return wanted and replace(wanted, id=item.id, severity=item.severity, dimension=item.dimension)


def _in_rows(metric: Metric, limits: Limits, where: str, problems: Problems) -> Wanted | None:
    counted = whole(limits, where, problems)
    if counted is None:
        return None
    if metric.row is not None and counted.is_upper:
        most = counted.arguments()["max"]
        return _of_rows(metric, {} if most == 0 else {"threshold": most}, where)
    return _of_batch(metric, metric.batch[0], counted, where)


def _in_percent(metric: Metric, limits: Limits, where: str, problems: Problems) -> Wanted | None:
    if metric.batch[1] is None:
        problems.add_choice(f"{where}.unit", "percent", ("rows",), "All rows are a hundred percent.")
        return None
    share = percentage(limits, where, problems)
    if share is None:
        return None
    if metric.row is not None and share.is_upper:
        most = share.arguments()["max"]
        kind = "below_percent" if share.below else "percent"
        return _of_rows(metric, {} if most == 0 else {"threshold": {kind: most}}, where)
    return _of_batch(metric, metric.batch[1], share.scaled(100), where)


def _of_rows(metric: Metric, threshold: Mapping[str, Any], where: str) -> Wanted:
    assert metric.row is not None  # as both callers looked
    rule, arguments = metric.row
    terms = {**metric.terms, **threshold}
    return Wanted(rule, dict(arguments), where, terms=terms, written=metric.written)


def _of_batch(metric: Metric, rule: str, limits: Limits, where: str) -> Wanted:
    arguments = {**metric.arguments, **limits.arguments()}
    return Wanted(rule, arguments, where, written={**metric.written, **limits.said_by})


def _nulls(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Metric | None:
    if not _is_of_property(item, place, where, problems) or not _knows(item, (), where, problems):
        return None
    return Metric(("is_not_null", {}), ("has_null_count", "has_null_share"), {}, {}, {})


def _missing(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Metric | None:
    if not _is_of_property(item, place, where, problems) or not _knows(item, ("missingValues",), where, problems):
        return None
    listed = (item.arguments or {}).get("missingValues", Absent)
    if not isinstance(listed, list) or not listed:
        allowed = "a list of values such as [null, '', 'N/A']"
        problems.add(f"{where}.arguments.missingValues", listed, allowed, "Say what stands for a missing value.")
        return None
    values = [each for each in listed if each is not None]
    if not values:
        return Metric(("is_not_null", {}), ("has_null_count", "has_null_share"), {}, {}, {})
    also_null = len(values) < len(listed)
    return Metric(
        ("is_not_in_set", {"values": values}),
        ("has_missing_count", "has_missing_share"),
        {"values": values, **({"or_null": True} if also_null else {})},
        {"values": "arguments.missingValues", "rule": "metric"},
        {"nulls": "fail"} if also_null else {},
    )


def _invalid(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Metric | None:
    names = ("validValues", "pattern")
    if not _is_of_property(item, place, where, problems) or not _knows(item, names, where, problems):
        return None
    given = {name: (item.arguments or {})[name] for name in names if name in (item.arguments or {})}
    if not given:
        problems.add(f"{where}.arguments", Absent, "validValues, pattern or both", "Say what a valid value is.")
        return None
    if len(given) > 1 and not _all_match(given["validValues"], given["pattern"], f"{where}.arguments", problems):
        return None
    batch = ("has_invalid_count", "has_invalid_share")
    if "validValues" in given:  # all of which match the pattern, where there is one
        arguments = {"values": given["validValues"]}
        return Metric(("is_in_set", arguments), batch, arguments, {"values": "arguments.validValues"}, {})
    arguments = {"pattern": given["pattern"]}
    written = {"pattern": "arguments.pattern", "rule": "arguments.pattern"}
    return Metric(("has_pattern", arguments), batch, arguments, written, {})


def _duplicates(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Metric | None:
    names = ("properties",) if place is None else ()
    if not _knows(item, names, where, problems):
        return None
    if place is None and "properties" not in (item.arguments or {}):
        allowed = "a list of property names"
        problems.add(f"{where}.arguments.properties", Absent, allowed, "Or move the metric to one property.")
        return None
    columns = {"columns": [place.path] if place is not None else (item.arguments or {})["properties"]}
    written = {"columns": "arguments.properties" if place is None else "metric"}
    return Metric(("is_unique", columns), ("has_duplicate_count", "has_duplicate_share"), columns, written, {})


def _rows(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Metric | None:
    if place is not None:
        problems.add(f"{where}.metric", "rowCount", "a metric of one property", "Move it to the schema's quality.")
        return None
    return Metric(None, ("has_row_count", None), {}, {}, {}) if _knows(item, (), where, problems) else None


_READ: Mapping[str, Callable[[DataQuality, Place | None, str, Problems], Metric | None]] = {
    "nullValues": _nulls,
    "missingValues": _missing,
    "invalidValues": _invalid,
    "duplicateValues": _duplicates,
    "rowCount": _rows,
}


def _is_of_property(item: DataQuality, place: Place | None, where: str, problems: Problems) -> bool:
    if place is None:
        name = item.metric or item.rule
        problems.add(f"{where}.metric", name, "duplicateValues or rowCount", "Move it to the property's quality.")
    return place is not None


def _knows(item: DataQuality, names: tuple[str, ...], where: str, problems: Problems) -> bool:
    unknown = [name for name in item.arguments or {} if name not in names]
    for name in unknown:
        allowed = names or (f"no arguments for {item.metric or item.rule}",)
        problems.add_choice(f"{where}.arguments.{name}", name, allowed)
    return not unknown


def _all_match(values: Any, pattern: Any, where: str, problems: Problems) -> bool:
    """A valid value is in the list and matches the pattern: so the list is what counts, if all of it matches."""
    try:
        text = parse_pattern(str(pattern)).text
    except PatternError as error:
        problems.say(f"{where}.pattern", str(error))
        return False
    for i, value in enumerate(values if isinstance(values, list) else ()):
        if not isinstance(value, str) or re.fullmatch(text, value) is None:
            hint = "A valid value is in the list and matches; drop it, or mend the pattern."
            problems.add(f"{where}.validValues[{i}]", value, f"text that matches {pattern}", hint)
            return False
    return True
