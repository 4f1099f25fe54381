"""Records counted by value, the most frequent ones by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

MOST = 1000
"""Values of a batch that are counted by name."""
LONGEST = 200
"""Characters of a value that name it."""


@dataclass(frozen=True)
class Categories:
    """Records of a column by value.

    Attributes:
        counts: records by the value's text.
        others: records whose values were too rare to be among a batch's first MOST. Where there are any, a count may be
            too low, as some of its records may be among them.
    """

    counts: Mapping[str, int]
    others: int = 0

    @cached_property
    def records(self) -> int:
        """How many values were counted."""
        return sum(self.counts.values()) + self.others

    def merged(self, other: Categories) -> Categories:
        """Of both; more than MOST values may have a name then."""
        return Categories(Counter(self.counts) + Counter(other.counts), self.others + other.others)


def categories_sql(text: str, table: str) -> str:
    """Query of `name` and `n` for the most frequent values, and of a null `name` with the number of all records.

    Args:
        text: SQL of the values as text, or null.
        table: that has them.
    """
    named = f"SELECT substr({text}, 1, {LONGEST}) AS name FROM {table} WHERE {text} IS NOT NULL"
    first = f"SELECT name, count(*) AS n FROM ({named}) v GROUP BY name ORDER BY n DESC, name LIMIT {MOST}"
    every = f"SELECT CAST(NULL AS STRING) AS name, count(*) AS n FROM ({named}) w"
    return f"SELECT name, n FROM ({first}) f UNION ALL {every}"
