"""Checks a contract writes down under `quality`: ours (`engine: gridata`), the standard's metrics, and queries.

Entries of `type: text` are for people: they are notes (notes.py), never checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from open_data_contract_standard.model import DataQuality

from gridata_contracts.columns import Place, Schema
from gridata_contracts.library_metrics import library_check
from gridata_contracts.problems import Absent, Problems, did_you_mean
from gridata_contracts.quality_limits import given_operators
from gridata_contracts.rules import RULES, find_rule
from gridata_contracts.sql_checks import sql_check
from gridata_contracts.verdict_terms import KEYS
from gridata_contracts.wanted import CHECK_ID, CHECK_ID_WORDS, Wanted

ENGINE = "gridata"
TEXT = "text"
CUSTOM = "custom"
_TYPES = ("library", TEXT, "sql", CUSTOM)


def declared_checks(
    quality: Sequence[DataQuality | None] | None,
    place: Place | None,
    schema: Schema,
    table: str,
    path: str,
    problems: Problems,
) -> Iterator[Wanted]:
    """Wanted checks of one `quality` list.

    Args:
        quality: as written; None in the place of an entry that is not to be looked at.
        place: what the list is written at; None is the schema itself.
        schema: columns of the contract.
        table: name of the schema object.
        path: of its owner in the document.
        problems: takes what is wrong.
    """
    for i, item in enumerate(quality or ()):
        if item is None:
            continue
        where = f"{path}.quality[{i}]"
        if item.id is not None and not CHECK_ID.fullmatch(item.id):
            problems.add(f"{where}.id", item.id, CHECK_ID_WORDS)
        wanted = _wanted(item, place, schema, table, where, problems)
        if wanted is not None:
            yield wanted


def _wanted(
    item: DataQuality, place: Place | None, schema: Schema, table: str, where: str, problems: Problems
) -> Wanted | None:
    match item.type:
        case "custom":
            return _custom(item, where, problems)
        case "sql":
            return sql_check(item, place, schema, table, where, problems)
        case "text":
            _refuse_operators(item, where, problems)
            if not (item.description or "").strip():
                problems.add(f"{where}.description", item.description or Absent, "a sentence", "It is all a text says.")
            return None
        case None | "library":
            return library_check(item, place, where, problems)
        case other:
            problems.add_choice(f"{where}.type", other, _TYPES)
            return None


def _refuse_operators(item: DataQuality, where: str, problems: Problems) -> None:
    """An operator that nothing reads would look as if it were asked."""
    for name, value in given_operators(item).items():
        hint = "Use the rule's own arguments." if item.type == "custom" else "Use a metric, or drop the operator."
        problems.add(f"{where}.{name}", value, f"no operator for type {item.type}", hint)


def _custom(item: DataQuality, where: str, problems: Problems) -> Wanted | None:
    _refuse_operators(item, where, problems)
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
