"""Contents that `check` found damaged. Each has a mark beside it until a run has copied it again."""

from __future__ import annotations

from gridata_control.backup.place import Place

_FOLDER = "damaged"


def mark(place: Place, content: str) -> None:
    """The next run copies this content again; until then it stays, since most of it may be good."""
    place.write(f"{_FOLDER}/{content}", b"")


def unmark(place: Place, content: str) -> None:
    """It was copied again, or nobody needs it."""
    place.delete(f"{_FOLDER}/{content}")


def marked(place: Place, folder: str) -> set[str]:
    """Contents below the folder that have a mark."""
    return {name.removeprefix(f"{_FOLDER}/") for name in place.names(f"{_FOLDER}/{folder}")}
