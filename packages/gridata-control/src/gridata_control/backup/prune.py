"""Which sets stay, and which contents no set needs any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridata_contracts.errors import UsageError
from gridata_control.backup.damage import marked, unmark
from gridata_control.backup.index import read_index
from gridata_control.backup.place import Place
from gridata_control.backup.sets import read_set, set_ids

_RUNNING = timedelta(days=1)


def prune(place: Place, keep_days: int, now: datetime | None = None) -> tuple[list[str], int]:
    """Remove sets older than that, but for the newest, and contents that none of the rest names.

    Returns:
        Ids of the removed sets, and the number of removed contents.

    Raises:
        UsageError: a set that was begun within a day is not whole: a backup may be running.
        PermanentError: an index of a set that stays was damaged, so nobody knows what it needs. Nothing was removed.
    """
    now = now or datetime.now(UTC)
    there = place.names("objects")  # first: what a backup that begins now writes is not among them
    whole = set_ids(place)
    begun = sorted({name.split("/")[1] for name in place.names("sets")} - set(whole))
    recent = [set_id for set_id in begun if now - _instant(set_id) < _RUNNING]
    if recent:
        raise UsageError(
            f"backup {recent[-1]}: not whole and begun within a day; a backup may be running. Wait for it."
        )
    old = [set_id for set_id in whole[:-1] if now - _instant(set_id) > timedelta(days=keep_days)]
    needed = _needed(
        place, [set_id for set_id in whole if set_id not in old]
    )  # before anything is removed: it may fail
    gone = [*old, *begun]
    for set_id in gone:
        names = place.names(f"sets/{set_id}")
        for name in sorted(names, key=lambda name: not name.endswith("manifest.json")):  # first it does not count
            place.delete(name)
    unneeded = [name for name in there if name not in needed]
    for name in unneeded:
        place.delete(name)
    for name in marked(place, "objects") - needed:
        unmark(place, name)
    return gone, len(unneeded)


def _needed(place: Place, sets: list[str]) -> set[str]:
    names: set[str] = set()
    for set_id in sets:
        for bucket in read_set(place, set_id).buckets:
            with place.reading(bucket.index) as stream:
                names |= {kept.name(bucket.name) for kept in read_index(stream, bucket.index)}
    return names


def _instant(set_id: str) -> datetime:
    return datetime.strptime(set_id, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
