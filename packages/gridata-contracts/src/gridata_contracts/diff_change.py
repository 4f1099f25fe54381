"""One difference between two versions of a contract, and what has to follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NEW_MAJOR = "Make it a new major version."


class Verdict(StrEnum):
    """`allowed` evolves in place, `confirm` does once somebody says so, `refused` needs a new major version."""

    ALLOWED = "allowed"
    CONFIRM = "confirm"
    REFUSED = "refused"


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        where: column path, check id or name of a setting.
        what: `added`, `dropped`, or old and new in words.
        next_step: what to do about a change that is not allowed; empty otherwise.
        seen: producers or consumers see it, so that the version has to grow.
    """

    where: str
    what: str
    verdict: Verdict = Verdict.ALLOWED
    next_step: str = ""
    seen: bool = True

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.verdict.value:8}{self.where}: {self.what}.", self.next_step)))


def allowed_or_refused(where: str, what: str, *, allowed: bool, next_step: str = NEW_MAJOR) -> Change:
    """A change that files and tables survive, or do not."""
    return Change(where, what) if allowed else Change(where, what, Verdict.REFUSED, next_step)


def to_confirm(where: str, what: str, why: str) -> Change:
    """A change that files and tables survive, and that takes something from people who rely on it."""
    return Change(where, what, Verdict.CONFIRM, f"{why} Say so with --accept {where}, or make it a new major version.")
