"""The row kinds as SQL that DuckDB and Spark read alike. Standard library only."""

from __future__ import annotations

from datetime import date

from bench.checks.suite import ROW_KINDS, Check, Scalar


def predicate(check: Check) -> str:
    """The SQL condition of a row kind; null where a column is null, but for `not_null`."""
    column, values = check.columns[0], [_literal(value) for value in check.arguments]
    match check.kind:
        case "not_null":
            return f"{column} IS NOT NULL"
        case "between":
            return f"{column} BETWEEN {values[0]} AND {values[1]}"
        case "at_least":
            return f"{column} >= {values[0]}"
        case "in_set" | "not_in_set":
            return f"{column} {'NOT ' if check.kind == 'not_in_set' else ''}IN ({', '.join(values)})"
        case "pattern":
            return f"regexp_matches({column}, {values[0]})"
        case "length_between":
            return f"length({column}) BETWEEN {values[0]} AND {values[1]}"
        case "at_most_column":
            return f"{column} <= {check.columns[1]}"
        case _:
            raise SystemExit(f"check {check.id}: got kind {check.kind!r}, allowed {', '.join(sorted(ROW_KINDS))}.")


def _literal(value: Scalar) -> str:
    if isinstance(value, date):
        return f"DATE '{value}'"
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)
