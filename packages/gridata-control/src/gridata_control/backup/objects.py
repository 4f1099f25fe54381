"""All versions of a bucket, to the place and back. Contents are copied once and shared by every set."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from typing import IO, TypeVar, cast

from gridata_contracts.errors import PermanentError
from gridata_control.backup.damage import marked, unmark
from gridata_control.backup.digests import digest_of
from gridata_control.backup.exact import ExactBucket
from gridata_control.backup.index import NO_VERSIONS, Kept, is_of, read_index, write_index
from gridata_control.backup.place import Place
from gridata_control.backup.sets import Bucket, file_of
from gridata_control.landing import MissingObjectError
from gridata_control.landing.names import printable
from gridata_control.landing.s3_access import S3Access
from gridata_control.landing.store import ObjectVersion

_THREADS = 8
_AT_ONCE = 256  # entries looked at between two waits for all threads
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


@dataclass(frozen=True)
class _There:
    """Contents of a bucket in the place: their sizes by name, and the names of those that are damaged."""

    size_bytes: Mapping[str, int]
    damaged: Set[str]

    def has(self, kept: Kept, bucket: str) -> bool:
        name = kept.name(bucket)
        return kept.is_delete_marker or (self.size_bytes.get(name) == kept.size_bytes and name not in self.damaged)


def keep_bucket(access: S3Access, place: Place, set_id: str, earlier: Bucket | None) -> Bucket:
    """Copy every version that the earlier set does not have, or whose content is lost; write the index of all.

    Args:
        access: to the bucket.
        place: where the set lies.
        set_id: of the set that is made.
        earlier: the bucket in a whole set, whose index is sound; None: everything is copied.

    Raises:
        TransientError: store or place do not answer. What was copied is copied again: no whole set has it.
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
    number = 0
    for kept in missing:
        _put(exact, place, bucket.name, kept)
        number += 1
        if not kept.is_delete_marker:  # of a marker a foreign store tells nothing
            exact.require_taken(kept)
            break
    number += sum(1 for _ in in_threads(lambda kept: _put(exact, place, bucket.name, kept), missing))
    left = next(_missing(access, place, bucket), None)
    if left is not None:
        raise PermanentError(
            f"bucket {bucket.name}: {printable(left.key)!r} version {left.version_id}: put and not listed. "
            "Run it again."
        )
    return number


def _kept(access: S3Access, place: Place, earlier: Bucket | None, counts: _Counts) -> Iterator[Kept]:
    folder = f"objects/{access.bucket}"
    there = _There(place.sizes(folder), marked(place, folder))

    def keep(pair: tuple[ObjectVersion, Kept | None]) -> tuple[Kept | None, bool]:
        version, known = pair
        if known is not None and there.has(known, access.bucket):
            return known, False
        copy = _copy(access, place, version)
        if copy is not None and copy.name(access.bucket) in there.damaged:
            unmark(place, copy.name(access.bucket))
        return copy, True

    with _entries(place, earlier) as known:
        for kept, copied in in_threads(keep, _paired(access.versions(), known)):
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
        yield read_index(stream, earlier.index)


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
        for key, entries in groupby(read_index(stream, bucket.index), key=lambda entry: entry.key.encode()):
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
    said = {"size_bytes": answer["ContentLength"], "etag": answer["ETag"].strip('"')}
    said |= {"content_type": answer.get("ContentType", ""), "metadata": answer.get("Metadata", {})}
    if version.version_id == NO_VERSIONS and said["etag"] != version.etag:  # overwritten since it was listed
        said["modified_utc"] = answer["LastModified"]
    kept = Kept(**vars(kept) | said)
    with access.body(version.key, answer) as body, place.writing(kept.name(access.bucket)) as target:
        digest = digest_of(body, target)
    return Kept(**vars(kept) | {"sha256": digest})


def _put(exact: ExactBucket, place: Place, bucket: str, kept: Kept) -> None:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as content:
        if not kept.is_delete_marker:
            with place.reading(kept.name(bucket)) as stream:
                found = digest_of(stream, cast("IO[bytes]", content))
            if found != kept.sha256:
                raise PermanentError(
                    f"backup of {printable(kept.key)!r} version {kept.version_id}: got content {found}, allowed "
                    f"{kept.sha256}. It was damaged; an older set has the same content. Take it from elsewhere."
                )
            content.seek(0)
        exact.put(kept, cast("IO[bytes]", content))


def in_threads(do: Callable[[In], Out], entries: Iterable[In]) -> Iterator[Out]:
    """Results in the order of the entries, of which only a few are looked at ahead."""
    source = iter(entries)
    with ThreadPoolExecutor(_THREADS) as pool:
        while some := list(islice(source, _AT_ONCE)):
            yield from pool.map(do, some)


def _versioning(access: S3Access) -> bool:
    with access.errors(""):
        return access.client.get_bucket_versioning(Bucket=access.bucket).get("Status") in ("Enabled", "Suspended")
