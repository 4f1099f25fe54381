"""Rules that compare a value with another column of its row."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import compares
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.subject import Subject

_OTHER_NULL = "null passes, and so does a null in the other column"


def _two(passes: tuple[int | None, int | None], fails: tuple[int | None, int | None]) -> Example:
    def row(pair: tuple[int | None, int | None]) -> dict[str, int | None]:
        return {"value": pair[0], "other": pair[1]}

    return Example({"value": t.Integer(), "other": t.Integer()}, {"column": "other"}, row(passes), row(fails))


@row_rule(
    Group.CROSS_COLUMN,
    "Less than or equal to another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="at most {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 1), (2, 1)),
)
def is_at_most_column(s: Subject) -> str:
    return f"{s.value} <= {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Strictly less than another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="less than {column}",
    nulls=_OTHER_NULL,
    example=_two((0, 1), (1, 1)),
)
def is_less_than_column(s: Subject) -> str:
    return f"{s.value} < {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Greater than or equal to another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="at least {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 1), (0, 1)),
)
def is_at_least_column(s: Subject) -> str:
    return f"{s.value} >= {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Strictly greater than another column.",
    applies=Applies.ORDERED,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="greater than {column}",
    nulls=_OTHER_NULL,
    aliases=("expect_column_pair_values_a_to_be_greater_than_b",),
    example=_two((2, 1), (1, 1)),
)
def is_greater_than_column(s: Subject) -> str:
    return f"{s.value} > {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Equal to another column.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="equal to {column}",
    nulls=_OTHER_NULL,
    aliases=("expect_column_pair_values_to_be_equal",),
    example=_two((1, 1), (1, 2)),
)
def is_equal_to_column(s: Subject) -> str:
    return f"{s.value} = {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Different from another column.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="anything but {column}",
    nulls=_OTHER_NULL,
    example=_two((1, 2), (1, 1)),
)
def is_not_equal_to_column(s: Subject) -> str:
    return f"{s.value} <> {s.other(s.text('column'))}"


@row_rule(
    Group.CROSS_COLUMN,
    "Equal to another column, or both are null.",
    applies=Applies.ANY,
    required={"column": Argument.COLUMN},
    relation=compares,
    expected="equal to {column}, and null where it is null",
    nulls="null equals null and nothing else",
    about_null=True,
    example=_two((None, None), (None, 1)),
)
def is_not_distinct_from_column(s: Subject) -> str:
    return f"{s.value} IS NOT DISTINCT FROM {s.other(s.text('column'))}"
