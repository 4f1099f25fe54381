"""The closed list of rules, grouped as in the reference (docs/reference/rules.md). Importing this fills the catalogue.

Null semantics: a rule that cannot be decided because a value is null passes, unless the check's null policy says
`fail`; rules about nulls decide themselves. A field of an object that is itself null is not asked for by
`is_not_null`, as in JSON Schema. A rule on `items[*].x` looks at every item; the row fails when any item fails. A rule
that compares paths compares within the same item when both share the array, and broadcasts a top-level column to the
items otherwise.
"""

from gridata_contracts.rules import (  # noqa: F401 # each import registers its rules, in the order of the reference
    aggregates,
    column_arithmetic,
    completeness,
    completeness_rows,
    continuity,
    cross_column,
    custom,
    distinct,
    formats_codes,
    formats_finance,
    formats_internet,
    formats_people,
    formats_technical,
    formats_trade,
    history,
    numbers,
    outliers,
    parsing,
    parsing_json,
    quantiles,
    ranges,
    referential,
    same_keys,
    schema,
    sequences,
    sets,
    sketched,
    temporal,
    temporal_calendar,
    temporal_columns,
    text,
    text_content,
    uniqueness,
    value_counts,
    volume,
)
from gridata_contracts.rules.registry import RULES, find_rule, load_plugins, register, row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule, on

load_plugins()

__all__ = [
    "RULES",
    "Applies",
    "Argument",
    "Example",
    "Group",
    "Level",
    "Rule",
    "find_rule",
    "on",
    "register",
    "row_rule",
]
