"""Changes of what a contract promises beside its columns: how long, how fresh, how private, whose, and in what words.

No file and no table breaks by them. What takes something from people who rely on it has to be confirmed: data is gone
sooner, a table may be older, a value that was protected is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from gridata_contracts.columns import CLASSIFICATIONS, walk
from gridata_contracts.diff_change import Change, allowed_or_refused, to_confirm
from gridata_contracts.model import Column, Contract, UnknownFields

_KEPT = {
    "retention.landing": ("landing_retention_days", "Landed files"),
    "retention.quarantine": ("quarantine_retention_days", "Rejected records"),
    "retention.table": ("table_retention_days", "Rows"),
}
_TOLD = {"name": "title", "description.purpose": "description", "owner": "owner", "status": "status", "tags": "tags"}
_OPERATED = {
    "gridata.lane": "lane",
    "gridata.laneThreshold": "lane_threshold_bytes",
    "gridata.computeProfile": "compute_profile",
}
"""By the name people know, the Contract's field."""

_MAX_WORDS = 60


def promise_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Retention, freshness, what people read, and what only operators see."""
    for name, (field, things) in _KEPT.items():
        yield from _retention_changes(name, getattr(old, field), getattr(new, field), things)
    if old.freshness_s != new.freshness_s:
        yield _freshness_change(old.freshness_s, new.freshness_s)
    for name, field in _TOLD.items():
        yield from _word_change(name, getattr(old, field), getattr(new, field))
    for name in sorted({*old.extra, *new.extra}):
        yield from _word_change(f"gridata.{name}", old.extra.get(name), new.extra.get(name))
    for name, field in _OPERATED.items():
        yield from _word_change(name, getattr(old, field), getattr(new, field), seen=False)


def landing_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """How files arrive and what becomes of them."""
    if old.landing.format != new.landing.format:
        yield allowed_or_refused("gridata.format", f"{old.landing.format} → {new.landing.format}", allowed=False)
    if old.landing.csv != new.landing.csv:
        yield allowed_or_refused("gridata.csv", f"{old.landing.csv} → {new.landing.csv}", allowed=False)
    for alias in old.landing.aliases:
        if alias not in new.landing.aliases:
            yield allowed_or_refused("gridata.aliases", f"{alias} dropped", allowed=False)
    for alias in new.landing.aliases:
        if alias not in old.landing.aliases:
            yield Change("gridata.aliases", f"{alias} added")
    if old.unknown_fields != new.unknown_fields:
        what = f"{old.unknown_fields} → {new.unknown_fields}"
        keeps = new.unknown_fields is UnknownFields.KEEP
        yield allowed_or_refused("gridata.unknownFields", what, allowed=keeps)
    if old.landing.same_content != new.landing.same_content:
        what = f"{old.landing.same_content} → {new.landing.same_content}"
        why = "Records sent again under another name are no longer published."
        fewer = new.landing.same_content == "duplicate"
        yield to_confirm("gridata.sameContent", what, why) if fewer else Change("gridata.sameContent", what)


def column_words(old: Column, new: Column) -> Iterator[Change]:
    """Privacy, description and tags of one column."""
    if (old.pii, old.classification) != (new.pii, new.classification):
        what = " → ".join(f"{each.classification}{', personal' if each.pii else ''}" for each in (old, new))
        lowered = CLASSIFICATIONS.index(new.classification) < CLASSIFICATIONS.index(old.classification)
        if (old.pii and not new.pii) or lowered:
            yield to_confirm(old.path, what, "Values that were protected may be shown from now on.")
        else:
            yield Change(old.path, what)
    if old.description != new.description:
        yield Change(old.path, f"description {_from_to(old.description, new.description)}")
    if old.tags != new.tags:
        yield Change(old.path, f"tags {_from_to(old.tags, new.tags)}")


def word_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Words of the document that the platform only keeps; those of a column that came or went are told with it."""
    before, after = ({column.path for column in walk(each.columns)} for each in (old, new))
    moved = tuple(f"{path}{end}" for path in before ^ after for end in (".", "[*]"))
    for place in sorted({*old.words, *new.words}):
        if not place.startswith(moved):
            yield from _word_change(place, old.words.get(place), new.words.get(place))


def _word_change(where: str, before: object, after: object, *, seen: bool = True) -> Iterator[Change]:
    if before != after:
        yield Change(where, _from_to(before, after), seen=seen)


def _retention_changes(where: str, before: int | None, after: int | None, things: str) -> Iterator[Change]:
    what = f"{_days(before)} → {_days(after)}"
    if after is not None and (before is None or after < before):
        yield to_confirm(where, what, f"{things} are deleted sooner.")
    elif before != after:
        yield Change(where, what)


def _freshness_change(before: int | None, after: int | None) -> Change:
    what = f"{_seconds(before)} → {_seconds(after)}"
    weaker = before is not None and (after is None or after > before)
    return to_confirm("freshness", what, "Tables may be older.") if weaker else Change("freshness", what)


def _days(days: int | None) -> str:
    return "no end" if days is None else f"{days} days"


def _seconds(seconds: int | None) -> str:
    return "no promise" if seconds is None else f"{seconds} s"


def _from_to(before: object, after: object) -> str:
    words = [_short(each) for each in (before, after)]
    return " → ".join(words) if words[0] != words[1] else f"in other words than {words[0]}"


def _short(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    text = " ".join(str(value).split()) if value not in (None, "", ()) else "none"
    return text if len(text) <= _MAX_WORDS else f"{text[: _MAX_WORDS - 1]}…"
