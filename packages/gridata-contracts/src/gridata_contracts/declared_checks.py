"""Checks a contract writes down under `quality`: ours (`engine: gridata`) and the standard's library metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from open_data_contract_standard.model import DataQuality

from gridata_contracts.columns import Place
from gridata_contracts.problems import Absent, Problems, did_you_mean
from gridata_contracts.rules import RULES, find_rule
from gridata_contracts.verdict_terms import KEYS
from gridata_contracts.wanted import Wanted

ENGINE = "gridata"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
_OPERATORS = tuple(name for name in DataQuality.model_fields if name.startswith("must"))


def declared_checks(
    quality: Sequence[DataQuality] | None, place: Place | None, path: str, problems: Problems
) -> Iterator[Wanted]:
    """Wanted checks of one `quality` list; `place` None is the schema's own list."""
    for i, item in enumerate(quality or ()):
        where = f"{path}.quality[{i}]"
        if item.id is not None and not _ID.fullmatch(item.id):
            problems.add(f"{where}.id", item.id, "letters, digits, - and _ (at most 100)")
        wanted = _custom(item, where, problems) if item.type == "custom" else _library(item, place, where, problems)
        if wanted is not None:
            yield wanted


def _custom(item: DataQuality, where: str, problems: Problems) -> Wanted | None:
    if item.engine != ENGINE:
        got = Absent if item.engine is None else item.engine
        problems.add(f"{where}.engine", got, ENGINE, "Checks of other engines do not run here.")
        return None
    call = item.implementation
    if not isinstance(call, dict) or not isinstance(call.get("rule"), str):
        written = call.get("rule", Absent) if isinstance(call, dict) else call
        problems.add(f"{where}.implementation", written, "a mapping with rule and its arguments", "See the rules.")
        return None
    rule = find_rule(call["rule"])
    if rule is None:
        hint = did_you_mean(call["rule"], RULES) or "`gridata rules` lists them."
        problems.add(f"{where}.implementation.rule", call["rule"], f"one of {len(RULES)} rules", hint)
        return None
    arguments = {name: value for name, value in call.items() if name not in ("rule", *KEYS)}
    terms = {name: call[name] for name in KEYS if name in call}
    return Wanted(rule.name, arguments, f"{where}.implementation", item.id, item.severity, terms, item.dimension)


def _library(item: DataQuality, place: Place | None, where: str, problems: Problems) -> Wanted | None:
    if item.type not in (None, "library"):
        problems.add_choice(
            f"{where}.type", item.type, ("custom", "library"), "Text and SQL checks are not supported yet; use a rule."
        )
        return None
    metric = item.metric or item.rule
    if metric not in _METRICS:
        problems.add_choice(f"{where}.metric", Absent if metric is None else metric, _METRICS)
        return None
    if not _is_zero(item, where, problems):
        return None
    rule, arguments = _metric_rule(metric, item.arguments or {}, place)
    if rule is None:
        problems.say(
            f"{where}.metric",
            f"got {metric} with {sorted(item.arguments or {}) or 'no arguments'}, allowed nullValues, "
            "invalidValues with validValues or pattern, and duplicateValues.",
            "Other metrics are not supported yet; use a rule with engine: gridata.",
        )
        return None
    return Wanted(rule, arguments, where, item.id, item.severity, {}, item.dimension)


def _is_zero(item: DataQuality, where: str, problems: Problems) -> bool:
    """A row rule allows no exception, so the metric has to be 0."""
    given = {name: getattr(item, name) for name in _OPERATORS if getattr(item, name) is not None}
    if list(given) == ["mustBe"] and type(given["mustBe"]) is int and given["mustBe"] == 0:
        return True
    written = given or Absent
    problems.add(where, written, "mustBe: 0", "Thresholds are not supported yet; every row is decided on its own.")
    return False


def _metric_rule(metric: str, arguments: dict[str, Any], place: Place | None) -> tuple[str | None, dict[str, Any]]:
    if metric == "duplicateValues":
        if place is None and set(arguments) == {"properties"}:
            return "is_unique", {"columns": arguments["properties"]}
        return ("is_unique", {"columns": [place.path]}) if place is not None and not arguments else (None, {})
    if place is None:
        return None, {}
    if metric == "nullValues" and not arguments:
        return "is_not_null", {}
    if metric == "invalidValues" and set(arguments) == {"validValues"}:
        return "is_in_set", {"values": arguments["validValues"]}
    if metric == "invalidValues" and set(arguments) == {"pattern"}:
        return "has_pattern", {"pattern": arguments["pattern"]}
    return None, {}
