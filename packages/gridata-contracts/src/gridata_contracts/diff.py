"""What changed between two versions of a contract, and which changes need a new major version.

Additive columns, int → long, float → double, a wider decimal and looser rules evolve in place: tables stay readable and
files accepted yesterday are accepted tomorrow. Everything else is refused unless the major version (and so the folder
and the table) is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gridata_contracts.columns import walk
from gridata_contracts.diff_checks import check_changes
from gridata_contracts.diff_types import type_change
from gridata_contracts.errors import UsageError
from gridata_contracts.literals import type_word
from gridata_contracts.model import Column, Contract, UnknownFields


class Verdict(StrEnum):
    """`allowed` evolves in place; `refused` needs a new major version."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        where: column path, check id or name of a setting.
        what: `added`, `dropped`, or old and new in words.
        next_step: what to do about a refused change; empty otherwise.
    """

    where: str
    what: str
    verdict: Verdict
    next_step: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.verdict.value:8}{self.where}: {self.what}.", self.next_step)))


def compare(old: Contract, new: Contract) -> list[Change]:
    """Every change from `old` to `new`. A new major version may change anything.

    Raises:
        UsageError: the contracts describe different datasets, or `new` is of an earlier major version.
    """
    if (old.id.domain, old.id.dataset) != (new.id.domain, new.id.dataset):
        raise UsageError(f"diff: got {old.id} and {new.id}, allowed two versions of one dataset. Check the paths.")
    if new.id.major < old.id.major:
        raise UsageError(f"diff: got {old.id} then {new.id}, allowed the older one first. Swap the paths.")
    parts = (_column_changes, _key_changes, _setting_changes, _rule_changes)
    changes = [change for part in parts for change in part(old, new)]
    if new.id.major > old.id.major:
        return [Change(change.where, change.what, Verdict.ALLOWED) for change in changes]
    return [*changes, *_version_change(old, new, changes)]


def is_breaking(changes: list[Change]) -> bool:
    """At least one change is refused."""
    return any(change.verdict is Verdict.REFUSED for change in changes)


def _change(where: str, what: str, *, allowed: bool, next_step: str = "Make it a new major version.") -> Change:
    return Change(where, what, Verdict.ALLOWED if allowed else Verdict.REFUSED, "" if allowed else next_step)


def _column_changes(old: Contract, new: Contract) -> Iterator[Change]:
    before = {column.path: column for column in walk(old.columns)}
    after = {column.path: column for column in walk(new.columns)}
    added = [column for path, column in after.items() if path not in before]
    for path, column in before.items():
        if path in after:
            yield from _same_column(column, after[path])
        else:
            yield _dropped(column, added)
    for column in added:
        if not (_parent(column.path) in after and _parent(column.path) not in before):
            yield _change(
                column.path,
                f"added as {type_word(column.type)}{', required' if column.required else ''}",
                allowed=not column.required,
                next_step="Make it optional, or a new major version.",
            )


def _parent(path: str) -> str:
    return path.rpartition(".")[0].removesuffix("[*]")


def _dropped(column: Column, added: list[Column]) -> Change:
    beside = [each for each in added if _parent(each.path) == _parent(column.path)]
    twin = next((each.path for each in beside if each.type == column.type), "")
    what = f"dropped, renamed to {twin} perhaps" if twin else "dropped"
    return _change(column.path, what, allowed=False, next_step="Keep it (optional), or make a new major version.")


def _same_column(old: Column, new: Column) -> Iterator[Change]:
    change = type_change(old.type, new.type)
    if change is not None:
        yield _change(old.path, change.what, allowed=change.allowed)
    if old.required != new.required:
        what = "now required" if new.required else "no longer required"
        yield _change(old.path, what, allowed=not new.required)
    if (old.pii, old.classification) != (new.pii, new.classification):
        words = [f"{each.classification}{', personal' if each.pii else ''}" for each in (old, new)]
        yield _change(old.path, f"{words[0]} → {words[1]}", allowed=True)


def _key_changes(old: Contract, new: Contract) -> Iterator[Change]:
    for name in ("primary_key", "order_by"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _change(name, f"{before or 'none'} → {after or 'none'}", allowed=False)


def _setting_changes(old: Contract, new: Contract) -> Iterator[Change]:
    if old.landing.format != new.landing.format:
        yield _change("gridata.format", f"{old.landing.format} → {new.landing.format}", allowed=False)
    if old.landing.csv != new.landing.csv:
        yield _change("gridata.csv", f"{old.landing.csv} → {new.landing.csv}", allowed=False)
    for alias in old.landing.aliases:
        if alias not in new.landing.aliases:
            yield _change("gridata.aliases", f"{alias} dropped", allowed=False)
    if old.unknown_fields != new.unknown_fields:
        what = f"{old.unknown_fields} → {new.unknown_fields}"
        yield _change("gridata.unknownFields", what, allowed=new.unknown_fields is UnknownFields.KEEP)


def _rule_changes(old: Contract, new: Contract) -> Iterator[Change]:
    both = {column.path for column in walk(old.columns)} & {column.path for column in walk(new.columns)}
    for each in check_changes(old, new, both):
        yield _change(each.check_id, each.what, allowed=each.allowed)


def _version_change(old: Contract, new: Contract, changes: list[Change]) -> Iterator[Change]:
    before, after = (tuple(map(int, each.version.split("."))) for each in (old, new))
    if changes and after <= before:
        what = f"{old.version} → {new.version} although the contract changed"
        hint = f"Set {before[0]}.{before[1] + 1}.0."
        yield Change("version", what, Verdict.REFUSED, hint)
