"""Rules about columns and their types alone: no row is looked at.

A contract declares its own columns, so there they are decided when it is loaded; of a frame, when it is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.model import Check
from gridata_contracts.rules.registry import register
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule

Columns = Mapping[str, t.LogicalType | None]
"""Types by name, in order; None for a type that no rule understands."""
_NULLS = "rows do not matter"
_FAMILIES: Mapping[str, tuple[type, ...]] = {
    "text": (t.String,),
    "boolean": (t.Boolean,),
    "whole number": (t.Integer,),
    "number": (t.Integer, t.Decimal, t.Floating),
    "decimal": (t.Decimal,),
    "floating": (t.Floating,),
    "date": (t.Date,),
    "timestamp": (t.Timestamp,),
    "array": (t.List,),
    "object": (t.Struct,),
}


@dataclass(frozen=True)
class Schematic:
    """Evaluation of a rule of level SCHEMA.

    Attributes:
        against: what of the columns is against the check, in words; empty when it holds.
    """

    against: Callable[[Check, Columns], str]


def _rule(  # noqa: PLR0913 # one argument per thing a rule says
    name: str,
    summary: str,
    expected: str,
    against: Callable[[Check, Columns], str],
    arguments: Mapping[str, Any],
    passes: Sequence[str],
    fails: Sequence[str],
    **more: Any,
) -> None:
    example = Example({each: t.String() for each in passes}, arguments, list(passes), list(fails))
    words = {"required": {"columns": Argument.STRINGS}, **more}
    register(
        Rule(
            name, Group.SCHEMA, Level.SCHEMA, Applies.TABLE, summary, expected, example, nulls=_NULLS,
            evaluation=Schematic(against), **words,
        )
    )  # fmt: skip


def _named(check: Check) -> list[str]:
    columns = check.arguments["columns"]
    return list(map(str, columns)) if isinstance(columns, list) else []


def _missing(check: Check, columns: Columns) -> str:
    gone = [name for name in _named(check) if name not in columns]
    return f"no {', '.join(gone)}" if gone else ""


def _others(check: Check, columns: Columns) -> str:
    return ", ".join(name for name in columns if name not in _named(check))


def _unwanted(check: Check, columns: Columns) -> str:
    return ", ".join(name for name in _named(check) if name in columns)


def _other_order(check: Check, columns: Columns) -> str:
    return "" if list(columns) == _named(check) else ", ".join(columns)


def _other_count(check: Check, columns: Columns) -> str:
    low, high = check.arguments.get("min"), check.arguments.get("max")
    few = low is not None and len(columns) < int(str(low))
    many = high is not None and len(columns) > int(str(high))
    return f"{len(columns)} columns" if few or many else ""


def _other_type(check: Check, columns: Columns) -> str:
    name, wanted = str(check.arguments["column"]), str(check.arguments["type"])
    if name not in columns:
        return f"no {name}"
    return "" if isinstance(columns[name], _FAMILIES[wanted]) else f"{name} of another type"


_rule("has_columns", "All of `columns` are there.", "columns {columns}", _missing, {"columns": ["id", "total"]},
      ["id", "total", "note"], ["id"], aliases=("ColumnExists", "expect_column_to_exist"))  # fmt: skip
_rule("has_only_columns", "No column but `columns` is there.", "no columns but {columns}", _others,
      {"columns": ["id", "total"]}, ["id"], ["id", "note"])  # fmt: skip
_rule("has_no_columns", "None of `columns` is there.", "no columns {columns}", _unwanted, {"columns": ["email"]},
      ["id"], ["id", "email"])  # fmt: skip
_rule("has_columns_in_order", "The columns are `columns`, in this order.", "the columns {columns}", _other_order,
      {"columns": ["id", "total"]}, ["id", "total"], ["total", "id"], aliases=("SchemaMatch",))  # fmt: skip
_rule("has_column_count", "The number of columns is within bounds.", "between {min} and {max} columns",
      _other_count, {"max": 2}, ["id", "total"], ["id", "total", "note"], required={}, one_of=True,
      optional={"min": Argument.INTEGER, "max": Argument.INTEGER}, relation=bounds_in_order,
      aliases=("ColumnCount",))  # fmt: skip
_rule("has_column_type", "The column called `column` is there and of a type.", "{column} of type {type}", _other_type,
      {"column": "id", "type": "text"}, ["id"], ["total"],
      required={"column": Argument.STRING, "type": Argument.CHOICE}, choices={"type": tuple(_FAMILIES)})  # fmt: skip
