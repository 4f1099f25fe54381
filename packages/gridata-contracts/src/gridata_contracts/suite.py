"""Checks without a document: a contract in memory for a frame's columns, for stand-alone use, examples and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridata_contracts.checks import accept_check
from gridata_contracts.columns import ITEM, Place, Schema
from gridata_contracts.model import Check, Column, Contract, Format, Landing
from gridata_contracts.naming import DatasetId
from gridata_contracts.problems import Problems, did_you_mean
from gridata_contracts.rules import RULES, Applies, Level, find_rule
from gridata_contracts.types import List, LogicalType, Struct
from gridata_contracts.wanted import Wanted

FRAME = DatasetId("adhoc", "frame", 1)
"""Stands for a dataset where there is none."""


@dataclass(frozen=True)
class Ask:
    """One check somebody asks for.

    Attributes:
        rule: name or alias.
        column: path it stands on; None for a rule of the whole row or batch.
        terms: severity and what verdict_terms.KEYS name.
    """

    rule: str
    column: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


def suite(columns: Mapping[str, LogicalType], asked: Sequence[Ask]) -> Contract:
    """A contract of these columns and checks, proven as one from a document is.

    Raises:
        ContractError: all problems of the checks at once.
    """
    schema = schema_of(columns)
    problems = Problems("checks")
    checks = [check for i, each in enumerate(asked) if (check := _check(each, f"checks[{i}]", schema, problems))]
    _refuse_same_ids(checks, problems)
    problems.raise_if_any()
    ordered = sorted(checks, key=lambda check: RULES[check.rule].level is not Level.ROW)
    return Contract(
        id=FRAME, version="1.0.0", status="active", title="frame", description="", owner="", columns=schema.columns,
        checks=tuple(ordered), primary_key=(), landing=Landing(Format.PARQUET), hash="", path=Path("checks"),
    )  # fmt: skip


def schema_of(columns: Mapping[str, LogicalType]) -> Schema:
    """Columns and places of named types; no column is required or personal."""
    made = tuple(_column(name, name, kind) for name, kind in columns.items())
    schema = Schema(columns=made)
    for column in made:
        _add_places(schema, column, ())
    return schema


def _column(name: str, path: str, kind: LogicalType) -> Column:
    inner, inside = kind, path
    while isinstance(inner, List):
        inner, inside = inner.item, inside + ITEM
    fields = inner.fields if isinstance(inner, Struct) else ()
    children = tuple(_column(each.name, f"{inside}.{each.name}", each.type) for each in fields)
    return Column(name, path, kind, children=children)


def _add_places(schema: Schema, column: Column, scope: tuple[str, ...]) -> None:
    path, kind = column.path, column.type
    schema.places[path] = Place(path, kind, scope, path)
    while isinstance(kind, List):
        scope, path, kind = (*scope, path), path + ITEM, kind.item
        schema.places[path] = Place(path, kind, scope, path)
    for child in column.children:
        _add_places(schema, child, scope)


def _check(asked: Ask, at: str, schema: Schema, problems: Problems) -> Check | None:
    rule = find_rule(asked.rule)
    if rule is None:
        problems.add(f"{at}.rule", asked.rule, f"one of {len(RULES)} rules", did_you_mean(asked.rule, RULES))
        return None
    terms = dict(asked.terms)
    severity = terms.pop("severity", None)
    wanted = Wanted(rule.name, dict(asked.arguments), at, asked.id, severity, terms)
    place = None
    if asked.column is not None and rule.applies is not Applies.TABLE:
        place = schema.find(asked.column, f"{at}.column", problems)
        if place is None:
            return None
    return accept_check(wanted, place, schema, problems)


def _refuse_same_ids(checks: Sequence[Check], problems: Problems) -> None:
    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            problems.add("checks", check.id, "each check id once", "Give one of them an id.")
        seen.add(check.id)
