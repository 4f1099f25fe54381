"""Rules about which of several columns have a value."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.subject import Subject

_NULLS = "null is what it asks about"


def _reach(passes: tuple[str | None, str | None], fails: tuple[str | None, str | None]) -> Example:
    def row(pair: tuple[str | None, str | None]) -> dict[str, str | None]:
        return {"email": pair[0], "phone": pair[1]}

    columns = {"email": t.String(), "phone": t.String()}
    return Example(columns, {"columns": list(columns)}, row(passes), row(fails))


@row_rule(
    Group.COMPLETENESS,
    "Each of the columns has a value.",
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    expected="a value in each of {columns}",
    nulls=_NULLS,
    about_null=True,
    aliases=("areComplete", "are_complete"),
    example=_reach(("a@b.example", "1"), ("a@b.example", None)),
)
def is_not_null_in_all(s: Subject) -> str:
    return " AND ".join(f"{s.other(path)} IS NOT NULL" for path in s.texts("columns"))


@row_rule(
    Group.COMPLETENESS,
    "At least one of the columns has a value.",
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    expected="a value in at least one of {columns}",
    nulls=_NULLS,
    about_null=True,
    aliases=("areAnyComplete",),
    example=_reach((None, "1"), (None, None)),
)
def is_not_null_in_any(s: Subject) -> str:
    return " OR ".join(f"{s.other(path)} IS NOT NULL" for path in s.texts("columns"))


@row_rule(
    Group.COMPLETENESS,
    "One of the columns has a value and the others have none.",
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    expected="a value in exactly one of {columns}",
    nulls=_NULLS,
    about_null=True,
    example=_reach((None, "1"), ("a@b.example", "1")),
)
def is_not_null_in_exactly_one(s: Subject) -> str:
    counted = (f"CASE WHEN {s.other(path)} IS NULL THEN 0 ELSE 1 END" for path in s.texts("columns"))
    return f"{' + '.join(counted)} = 1"
