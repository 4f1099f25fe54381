"""Fetches a batch's exact object versions and opens each as a source, or says why the whole file is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridata_contracts.model import Contract, Format
from gridata_contracts.naming import staging_key
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_control.landing import MissingObjectError, Store
from gridata_control.ledger import LandedFile
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import Staged, format_of, stage


@dataclass(frozen=True)
class Input:
    """One file of a batch.

    Attributes:
        position: 0-based place in the batch: object order.
        staged: the plain file; None when the file is refused whole.
        refusal: the one reason; None when the file can be read.
        content_sha256: of the bytes as landed; None when the object is gone.
    """

    position: int
    file: LandedFile
    source_uri: str
    staged: Staged | None
    refusal: Reason | None
    content_sha256: str | None


def stage_batch(
    files: Sequence[LandedFile], store: Store, contract: Contract, folder: Path, format_: Format | None = None
) -> Iterator[Input]:
    """Stage the files one by one, in batch order.

    Args:
        files: of one batch, in its order.
        store: where they landed.
        contract: says the format where a name announces none.
        folder: scratch of this job; staged files are named by file id.
        format_: overrides what the object's name announces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for position, file in enumerate(files):
        announced = format_ or format_of(file.key, contract.landing.format)
        target = folder / Path(staging_key(file.file_id, ".landed")).name
        uri = store.uri(file.key)
        try:
            sha256 = store.fetch(file.key, file.version_id, target)
        except MissingObjectError:
            gone = Reason(ReasonCode.MISSING_FILE, expected="the object version that was listed")
            yield Input(position, file, uri, None, gone, None)
            continue
        try:
            yield Input(position, file, uri, stage(target, announced), None, sha256)
        except FileRefusedError as refused:
            yield Input(position, file, uri, None, refused.reason, sha256)
