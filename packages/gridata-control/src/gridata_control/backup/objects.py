"""All versions of a bucket, to the place and back. Contents are copied once and shared by every set."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from typing import IO, TypeVar, cast

from gridata_contracts.errors import PermanentError
from gridata_control.backup.exact import ExactBucket
from gridata_control.backup.index import Kept, is_of, read_index, write_index
from gridata_control.backup.place import Place
from gridata_control.backup.sets import Bucket, file_of
from gridata_control.landing import MissingObjectError
from gridata_control.landing.names import printable
from gridata_control.landing.s3_access import S3Access
from gridata_control.landing.store import ObjectVersion

_THREADS = 8
_AT_ONCE = 256  # entries looked at between two waits for all threads
_CHUNK_BYTES = 1 << 20
_IN_MEMORY_BYTES = 8 << 20

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass
class _Counts:
    objects: int = 0
    size_bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    vanished: int = 0


def keep_bucket(access: S3Access, place: Place, set_id: str, earlier: Bucket | None) -> Bucket:
    """Copy every version that the earlier set does not have; write the index of all.

    Raises:
        TransientError: store or place do not answer; what was copied is not copied again.
    """
    counts, index = _Counts(), file_of(set_id, f"objects/{access.bucket}.jsonl.gz")
    status = _versioning(access)
    with place.writing(index) as stream:
        write_index(stream, _kept(access, place, earlier, counts))
    return Bucket(access.bucket, index, status, **vars(counts))


def put_back(access: S3Access, place: Place, bucket: Bucket) -> int:
    """Every version of the index that the bucket does not have; returns how many those were. Safe to repeat.

    Raises:
        PermanentError: a content is not what was kept, or the store gives ids of its own.
    """
    exact = ExactBucket(access)
    missing = _missing(access, place, bucket)
    first = next(missing, None)
    if first is None:
        return 0
    _put(exact, place, bucket.name, first)
    exact.require_taken(first)
    number = 1 + sum(1 for _ in _in_threads(lambda kept: _put(exact, place, bucket.name, kept), missing))
    left = next(_missing(access, place, bucket), None)
    if left is not None:
        raise PermanentError(
            f"bucket {bucket.name}: {printable(left.key)!r} version {left.version_id}: put and not listed. "
            "Run it again."
        )
    return number


def check_contents(place: Place, bucket: Bucket) -> Iterator[str]:
    """Reads every content of the index; names what is missing or is not what was kept."""

    def problem(kept: Kept) -> str | None:
        try:
            with place.reading(kept.name(bucket.name)) as stream:
                found = _digest(stream)
        except PermanentError as error:
            found = str(error)
        where = f"{bucket.name}: {printable(kept.key)!r} version {kept.version_id}"
        return None if found == kept.sha256 else f"{where}: got {found}, expected {kept.sha256}"

    with place.reading(bucket.index) as stream:
        contents = (kept for kept in read_index(stream) if not kept.is_delete_marker)
        yield from (found for found in _in_threads(problem, contents) if found is not None)


def _kept(access: S3Access, place: Place, earlier: Bucket | None, counts: _Counts) -> Iterator[Kept]:
    def keep(pair: tuple[ObjectVersion, Kept | None]) -> tuple[Kept | None, bool]:
        version, known = pair
        return (known, False) if known is not None else (_copy(access, place, version), True)

    with _entries(place, earlier) as known:
        for kept, copied in _in_threads(keep, _paired(access.versions(), known)):
            if kept is None:
                counts.vanished += 1
                continue
            counts.objects += 1
            counts.size_bytes += kept.size_bytes
            counts.copied += copied
            counts.copied_bytes += kept.size_bytes if copied else 0
            yield kept


@contextmanager
def _entries(place: Place, earlier: Bucket | None) -> Iterator[Iterator[Kept]]:
    """Entries of an earlier set's index, none without one."""
    if earlier is None:
        yield iter(())
        return
    with place.reading(earlier.index) as stream:
        yield read_index(stream)


def _paired(versions: Iterable[ObjectVersion], kept: Iterable[Kept]) -> Iterator[tuple[ObjectVersion, Kept | None]]:
    """Each version with what was kept of it. Both come in the order of keys, so neither is held in memory."""
    groups = ((key.encode(), list(entries)) for key, entries in groupby(kept, key=lambda entry: entry.key))
    group = next(groups, None)
    for key, same_key in groupby(versions, key=lambda version: version.key.encode()):
        while group is not None and group[0] < key:
            group = next(groups, None)
        known = group[1] if group is not None and group[0] == key else []
        for version in same_key:
            yield version, next((entry for entry in known if is_of(entry, version)), None)


def _missing(access: S3Access, place: Place, bucket: Bucket) -> Iterator[Kept]:
    """Entries of the index whose version the bucket does not have."""
    with place.reading(bucket.index) as stream:
        groups = ((key.encode(), list(found)) for key, found in groupby(access.versions(), key=lambda one: one.key))
        group = next(groups, None)
        for key, entries in groupby(read_index(stream), key=lambda entry: entry.key.encode()):
            while group is not None and group[0] < key:
                group = next(groups, None)
            there = group[1] if group is not None and group[0] == key else []
            yield from (entry for entry in entries if not any(is_of(entry, version) for version in there))


def _copy(access: S3Access, place: Place, version: ObjectVersion) -> Kept | None:
    """Copies the content; None when it is gone."""
    kept = Kept(version.key, version.version_id, version.modified_utc)
    if version.is_delete_marker:
        return Kept(**vars(kept) | {"is_delete_marker": True})
    try:
        with access.errors(version.key, version.version_id):
            answer = access.client.get_object(Bucket=access.bucket, Key=version.key, VersionId=version.version_id)
    except MissingObjectError:
        return None
    said = {"size_bytes": version.size_bytes, "etag": version.etag}
    said |= {"content_type": answer.get("ContentType", ""), "metadata": answer.get("Metadata", {})}
    kept = Kept(**vars(kept) | said)
    with place.writing(kept.name(access.bucket)) as target, access.errors(version.key):
        digest = _digest(cast("IO[bytes]", answer["Body"]), target)
    return Kept(**vars(kept) | {"sha256": digest})


def _put(exact: ExactBucket, place: Place, bucket: str, kept: Kept) -> None:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as content:
        if not kept.is_delete_marker:
            with place.reading(kept.name(bucket)) as stream:
                found = _digest(stream, cast("IO[bytes]", content))
            if found != kept.sha256:
                raise PermanentError(
                    f"backup of {printable(kept.key)!r} version {kept.version_id}: got content {found}, allowed "
                    f"{kept.sha256}. It was damaged; an older set has the same content. Take it from elsewhere."
                )
            content.seek(0)
        exact.put(kept, cast("IO[bytes]", content))


def _digest(source: IO[bytes], target: IO[bytes] | None = None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def _in_threads(do: Callable[[In], Out], entries: Iterable[In]) -> Iterator[Out]:
    """Results in the order of the entries, of which only a few are looked at ahead."""
    source = iter(entries)
    with ThreadPoolExecutor(_THREADS) as pool:
        while some := list(islice(source, _AT_ONCE)):
            yield from pool.map(do, some)


def _versioning(access: S3Access) -> bool:
    with access.errors(""):
        return bool(access.client.get_bucket_versioning(Bucket=access.bucket).get("Status") == "Enabled")
