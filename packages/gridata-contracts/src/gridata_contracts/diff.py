"""What changed between two versions of a contract, and what has to follow from it.

Additive columns, int → long, float → double, a wider decimal and looser rules evolve in place: tables stay readable and
files accepted yesterday are accepted tomorrow. A change that takes something else from people who rely on it (shorter
retention, less protection of personal data) has to be confirmed. Everything else is refused unless the major version
(and so the folder and the table) is new. The table of decisions is in docs/howto/engineer.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from gridata_contracts.columns import walk
from gridata_contracts.diff_change import Change, Verdict, allowed_or_refused
from gridata_contracts.diff_checks import check_changes
from gridata_contracts.diff_promises import column_words, landing_changes, promise_changes, word_changes
from gridata_contracts.diff_types import type_change
from gridata_contracts.errors import UsageError
from gridata_contracts.literals import type_word
from gridata_contracts.model import Column, Contract
from gridata_contracts.problems import did_you_mean


def compare(old: Contract, new: Contract) -> list[Change]:
    """Every change from `old` to `new`. A new major version may change anything.

    Raises:
        UsageError: the contracts describe different datasets, or `new` is of an earlier major version.
    """
    if (old.id.domain, old.id.dataset) != (new.id.domain, new.id.dataset):
        raise UsageError(f"diff: got {old.id} and {new.id}, allowed two versions of one dataset. Check the paths.")
    if new.id.major < old.id.major:
        raise UsageError(f"diff: got {old.id} then {new.id}, allowed the older one first. Swap the paths.")
    parts = (_column_changes, _key_changes, landing_changes, check_changes, promise_changes, word_changes)
    changes = [change for part in parts for change in part(old, new)]
    if not changes and old.hash != new.hash and old.version == new.version:
        changes = [Change("document", "words changed that have no name here")]
    if new.id.major > old.id.major:
        return [replace(change, verdict=Verdict.ALLOWED, next_step="") for change in changes]
    return [*changes, *_version_change(old, new, changes)]


def accept(changes: Sequence[Change], accepted: Collection[str]) -> list[Change]:
    """The changes, those that somebody confirmed by name being allowed; a column's name stands for its fields, too.

    Raises:
        UsageError: no change of that name has to be confirmed.
    """
    waiting = {change.where for change in changes if change.verdict is Verdict.CONFIRM}
    for name in accepted:
        if not any(_is_in(each, name) for each in waiting):
            hint = did_you_mean(name, waiting) or "Only changes marked `confirm` can be accepted."
            raise UsageError(f"--accept: got {name!r}, allowed {', '.join(sorted(waiting)) or 'none here'}. {hint}")
    return [_accepted(each) if any(_is_in(each.where, name) for name in accepted) else each for each in changes]


def _is_in(where: str, name: str) -> bool:
    return where == name or where.startswith((f"{name}.", f"{name}[*]"))


def _accepted(change: Change) -> Change:
    if change.verdict is not Verdict.CONFIRM:
        return change
    return replace(change, verdict=Verdict.ALLOWED, what=f"{change.what} (accepted)", next_step="")


def is_breaking(changes: Sequence[Change]) -> bool:
    """At least one change is refused or waits to be confirmed."""
    return any(change.verdict is not Verdict.ALLOWED for change in changes)


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
            yield allowed_or_refused(
                column.path,
                f"added as {type_word(column.type)}{', required' if column.required else ''}",
                allowed=not column.required,
                next_step="Make it optional, or a new major version.",
            )
    kept = [path for path in before if path in after]
    if kept != [path for path in after if path in before]:
        yield Change("columns", "in another order")


def _parent(path: str) -> str:
    return path.rpartition(".")[0].removesuffix("[*]")


def _dropped(column: Column, added: list[Column]) -> Change:
    beside = [each for each in added if _parent(each.path) == _parent(column.path)]
    twin = next((each.path for each in beside if each.type == column.type), "")
    what = f"dropped, renamed to {twin} perhaps" if twin else "dropped"
    return Change(column.path, what, Verdict.REFUSED, "Keep it (optional), or make a new major version.")


def _same_column(old: Column, new: Column) -> Iterator[Change]:
    change = type_change(old.type, new.type)
    if change is not None:
        yield allowed_or_refused(old.path, change.what, allowed=change.allowed)
    if old.required != new.required:
        what = "now required" if new.required else "no longer required"
        yield allowed_or_refused(old.path, what, allowed=not new.required)
    yield from column_words(old, new)


def _key_changes(old: Contract, new: Contract) -> Iterator[Change]:
    for name in ("primary_key", "order_by"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield allowed_or_refused(name, f"{before or 'none'} → {after or 'none'}", allowed=False)


def _version_change(old: Contract, new: Contract, changes: list[Change]) -> Iterator[Change]:
    before, after = (tuple(map(int, each.version.split("."))) for each in (old, new))
    what = f"{old.version} → {new.version}"
    if after < before or (after == before and any(change.seen for change in changes)):
        hint = f"Set {before[0]}.{before[1] + 1}.0."
        yield Change("version", f"{what} although the contract changed", Verdict.REFUSED, hint)
    elif after > before:
        yield Change("version", what)
