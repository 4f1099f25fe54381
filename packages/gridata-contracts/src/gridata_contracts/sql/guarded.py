"""Conditions behind a cheaper one that has to hold first."""

from __future__ import annotations

from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject


def guarded(value: str, form: str, then: str) -> str:
    """`then` where `form` holds, which is cheap and decided first; else false. Null for a null value."""
    return f"CASE WHEN NOT ({form}) THEN false WHEN {value} IS NOT NULL THEN {then} END"


def matches_within(s: Subject, pattern: str, most: int) -> str:
    """The whole text matches and has at most so many characters.

    Repeated groups go as deep into Java's stack as they match: a text without end would stop the job.
    """
    return guarded(s.value, f"{s.dialect.length(s.value)} <= {most}", s.dialect.matches(s.value, fixed(pattern)))
