"""The same content landed again: a producer's retried PUT, or one file under two names.

Equal size is the cheap filter and equal ETags a strong hint, but only equal sha256 of the content decides: an ETag of a
multipart upload depends on its parts, and one of an encrypted object on nothing we know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from gridata_contracts.model import Contract
from gridata_control.landing.names import printable
from gridata_control.landing.store import MissingObjectError, Store
from gridata_control.ledger import Ledger
from gridata_control.ledger.records import FileState, LandedFile, NewFile

_CHUNK_BYTES = 1 << 20


class Contents:
    """Content hashes of versions, each read at most once and remembered in the ledger."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._hashes: dict[str, str | None] = {}

    def sha256(self, file: LandedFile) -> str | None:
        """Hash of the version's content; None when the version is gone."""
        if file.content_sha256 is not None:
            return file.content_sha256
        if file.file_id not in self._hashes:
            self._hashes[file.file_id] = self._read(file)
        return self._hashes[file.file_id]

    def _read(self, file: LandedFile) -> str | None:
        digest = hashlib.sha256()
        try:
            with self._store.open(file.key, file.version_id) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except MissingObjectError:
            return None
        self._ledger.set_content(file.file_id, digest.hexdigest())
        return digest.hexdigest()


def judge_duplicate(new: NewFile, contract: Contract, ledger: Ledger, contents: Contents) -> NewFile:
    """The new version as DUPLICATE(of), or as it was, with a note where the same content is published twice.

    All earlier versions of the listing must be in the ledger already, so two that arrive together are told apart.
    """
    candidates = [
        (known.file, known.etag)
        for known in ledger.files_of_size(contract.id, new.file.size_bytes)
        if known.file.file_id != new.file.file_id and may_be_equal(new.etag, known.etag)
    ]
    same_key_first = sorted(candidates, key=lambda candidate: candidate[0].key != new.file.key)
    original = _first_equal(new.file, (file for file, _ in same_key_first), contents)
    if original is None:
        return new
    file = replace(new.file, content_sha256=contents.sha256(new.file))
    detail = f"same content as {printable(original.key)} version {original.version_id}"
    if original.key == new.file.key or contract.landing.same_content == "duplicate":
        return replace(new, file=file, state=FileState.DUPLICATE, duplicate_of=original.file_id, detail=detail)
    return replace(new, file=file, detail=f"warning: {detail}; the contract publishes both")


def may_be_equal(one: str | None, other: str | None) -> bool:
    """Whether two ETags leave it open that the contents are equal: two plain MD5s that differ do not."""
    if one is None or other is None or "-" in one or "-" in other:
        return True
    return one == other


def _first_equal(file: LandedFile, candidates: Iterable[LandedFile], contents: Contents) -> LandedFile | None:
    for candidate in candidates:
        mine = contents.sha256(file)
        if mine is not None and contents.sha256(candidate) == mine:
            return candidate
    return None
