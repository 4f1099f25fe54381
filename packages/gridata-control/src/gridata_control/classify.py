"""What an object version is, judged from its name and size alone: pure, so the same listing gives the same verdicts."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.naming import LANDING, file_id
from gridata_contracts.reasons import ReasonCode
from gridata_control.landing.names import forbidden, printable, unknown_suffix
from gridata_control.landing.store import ObjectVersion
from gridata_control.ledger.records import FileState, LandedFile, NewFile

_SHOWN_PREFIXES = 5
_ALIKE = 0.75
_VERSION = re.compile(r"v[0-9]+")


def classify(version: ObjectVersion, bucket: str, catalogue: Catalogue) -> NewFile:
    """The version as the ledger will hold it: SEEN, EMPTY or REFUSED. Duplicates are for duplicates.py."""
    contract = catalogue.by_landing_key(version.key)
    state, reason, detail = FileState.SEEN, None, None
    if problem := forbidden(version.key):
        state, reason, detail = FileState.REFUSED, ReasonCode.FORBIDDEN_NAME, problem
    elif version.size_bytes == 0:
        state, reason, detail = (
            FileState.EMPTY,
            ReasonCode.EMPTY_FILE,
            "zero bytes: a marker or an empty file",
        )
    elif contract is None:
        state, reason, detail = FileState.REFUSED, ReasonCode.UNKNOWN_DATASET, _unknown(version.key, catalogue)
    elif problem := unknown_suffix(version.key):
        state, reason, detail = FileState.REFUSED, ReasonCode.FORBIDDEN_NAME, problem
    return NewFile(
        file=LandedFile(
            file_id=file_id(bucket, version.key, version.version_id),
            bucket=bucket,
            key=version.key,
            version_id=version.version_id,
            size_bytes=version.size_bytes,
            content_sha256=version.content_sha256,
        ),
        etag=version.etag,
        modified_utc=version.modified_utc,
        dataset=contract.id if contract else None,
        state=state,
        reason=reason,
        detail=detail,
    )


def landing_prefixes(catalogue: Catalogue) -> tuple[str, ...]:
    """What a sweep lists: all of `landing/`, and every alias that is not below it."""
    root = f"{LANDING}/"
    return (root, *sorted(prefix for prefix in catalogue.prefixes if not prefix.startswith(root)))


def _unknown(key: str, catalogue: Catalogue) -> str:
    known = list(catalogue.prefixes)
    got = key.rpartition("/")[0] + "/"
    close = max(known, key=lambda prefix: _likeness(got, prefix), default="")
    if _likeness(got, close) >= _ALIKE:
        return f"dataset: got {printable(got)}, which no contract has. Did you mean {close}?"
    shown = ", ".join(known[:_SHOWN_PREFIXES]) + (", …" if len(known) > _SHOWN_PREFIXES else "")
    return f"dataset: got {printable(got)}, allowed {shown}. Add its contract; the next sweep takes the file."


def _likeness(got: str, prefix: str) -> float:
    """How alike the least alike of the folder names is; another version of the same dataset is alike."""
    wanted, given = prefix.rstrip("/").split("/"), got.split("/")
    if not prefix or len(given) <= len(wanted):
        return 0.0
    pairs = zip(wanted, given, strict=False)
    return min(1.0 if _VERSION.fullmatch(a) and _VERSION.fullmatch(b) else _ratio(a, b) for a, b in pairs)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
