"""What the comment at the head of a suggested contract says: what of the sample did not fit, for a person to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gridata_contracts.literals import type_word
from gridata_contracts.profile import Profile
from gridata_contracts.reasons import MASK
from gridata_contracts.sample import Sample
from gridata_contracts.types import List, LogicalType
from gridata_contracts.values import NumberToken

_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|first_?name|last_?name|full_?name|sur_?name|family_?name|given_?name|birth|street|address"
    r"|post(?:al)?_?code|zip|ssn|passport|iban|card_?number|ip_?address|^ip$|notes?$|comment"
)
_SHOWN, _SHOWN_CHARS = 3, 40


def is_personal(name: str) -> bool:
    """The name of a column, or one on the way to it, says that its values are of a person."""
    return any(_PERSONAL.search(part) for part in name.lower().replace("[*]", "").split("."))


def preface(sample: Path, read: Sample, notes: Sequence[str]) -> str:
    """The comment: where the contract comes from, what to do with it, and the notes."""
    lines = [
        f"Suggested from {len(read.records)} records of {sample.name}. Review it: name an owner, say what rows mean,",
        "and keep only rules that hold for every file to come. Then set status to active.",
    ]
    if read.broken:
        lines.append(f"Skipped as broken: {len(read.broken)} records ({_few(read.broken, '; ')}).")
    return "".join(f"# {' '.join(line.splitlines())}\n" for line in (*lines, *notes))


def left_out(path: str, why: str) -> str:
    """A column that gets no type."""
    return f"Left out, so kept in _extra: {path} ({why})."


def misfits(profile: Profile, kind: LogicalType, path: str) -> Iterator[str]:
    """What of a column's values is of another type than the others; nothing of what may be personal."""
    if profile.misfits:
        total = len(profile.values) + len(profile.misfits)
        shown = list(dict.fromkeys(map(_shown, profile.misfits)))
        got = MASK if is_personal(path) else _few(shown, ", ")
        yield f"Would be rejected: {path}, {len(profile.misfits)} of {total} values are no {type_word(kind)} ({got})."
    if isinstance(kind, List) and profile.item is not None:
        yield from misfits(profile.item, kind.item, f"{path}[*]")


def _few(texts: Sequence[str], separator: str) -> str:
    return separator.join([*texts[:_SHOWN], *(["…"] if len(texts) > _SHOWN else [])])


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = str(value) if isinstance(value, NumberToken) else json.dumps(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
