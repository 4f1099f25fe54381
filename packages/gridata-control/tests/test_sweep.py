"""The sweep: every object version gets one row and the fate its name, size and content deserve."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import TransientError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import ReasonCode
from gridata_control.batches import BatchLimits
from gridata_control.landing import LocalStore, MissingObjectError, ObjectVersion, Settled
from gridata_control.ledger import BatchState, FileRecord, FileState, Ledger
from gridata_control.settings import Settings
from gridata_control.sweep import SweepReport, sweep

LIMITS = BatchLimits(max_bytes=1000, max_files=3)
ORDERS = "landing/shop/orders/v1/"
Swept = Callable[[], SweepReport]


@pytest.fixture
def swept(store: LocalStore, ledger: Ledger, shop_catalogue: Catalogue) -> Swept:
    return lambda: sweep(store, ledger, shop_catalogue, LIMITS)


def put(store: LocalStore, key: str, content: bytes = b"{}\n") -> ObjectVersion:
    return store.put(key, io.BytesIO(content))


def by_key(ledger: Ledger) -> dict[str, FileRecord]:
    return {record.file.key: record for record in ledger.files()}


def test_a_landed_file_becomes_a_batch_of_its_dataset(
    store: LocalStore, ledger: Ledger, swept: Swept, shop_catalogue: Catalogue, orders: DatasetId
) -> None:
    put(store, ORDERS + "a.jsonl")
    put(store, "raw/shop/orders/2024-01-01/b.jsonl", b"[]\n")

    report = swept()

    assert report.new == {FileState.SEEN: 2}
    [batch] = report.batches
    assert (batch.dataset, batch.contract_hash) == (orders, shop_catalogue[orders].hash)
    assert [file.key for file in batch.files] == [ORDERS + "a.jsonl", "raw/shop/orders/2024-01-01/b.jsonl"]
    assert ledger.file_counts() == {FileState.BATCHED: 2}


def test_sweeping_again_finds_nothing_new(store: LocalStore, swept: Swept) -> None:
    put(store, ORDERS + "a.jsonl")
    swept()

    again = swept()

    assert (again.listed, again.new, again.batches) == (1, {}, ())


def test_an_overwrite_is_a_second_file_and_the_older_comes_first(store: LocalStore, swept: Swept) -> None:
    first, second = put(store, ORDERS + "a.jsonl", b"1\n"), put(store, ORDERS + "a.jsonl", b"2\n")

    [batch] = swept().batches

    assert [file.version_id for file in batch.files] == [first.version_id, second.version_id]


def test_a_typo_in_the_dataset_is_refused_with_a_did_you_mean(store: LocalStore, ledger: Ledger, swept: Swept) -> None:
    put(store, "landing/shop/order/v1/a.jsonl")
    put(store, "landing/shop/order/v2/2024-01-01/a.jsonl")
    put(store, "landing/shop/refunds/v1/a.jsonl")
    put(store, "landing/a.jsonl")
    swept()

    found = by_key(ledger)
    typo, elsewhere = found["landing/shop/order/v1/a.jsonl"], found["landing/shop/refunds/v1/a.jsonl"]
    assert (typo.state, typo.reason) == (FileState.REFUSED, ReasonCode.UNKNOWN_DATASET)
    assert "Did you mean landing/shop/orders/v1/?" in str(typo.detail)
    assert "Did you mean landing/shop/orders/v1/?" in str(found["landing/shop/order/v2/2024-01-01/a.jsonl"].detail)
    assert "allowed landing/shop/events/v1/" in str(elsewhere.detail)
    assert {record.reason for record in found.values()} == {ReasonCode.UNKNOWN_DATASET}


@pytest.mark.parametrize("name", ["_SUCCESS", "empty.jsonl", "folder/.keep"])
def test_zero_bytes_end_as_empty(store: LocalStore, ledger: Ledger, swept: Swept, name: str) -> None:
    put(store, ORDERS + name, b"")
    report = swept()

    assert (report.new, report.batches) == ({FileState.EMPTY: 1}, ())


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl.bz2", "a", "a.jsonl.tmp"])
def test_an_unknown_ending_is_refused(store: LocalStore, ledger: Ledger, swept: Swept, name: str) -> None:
    put(store, ORDERS + name)
    swept()

    [record] = ledger.files()
    assert (record.state, record.reason) == (FileState.REFUSED, ReasonCode.FORBIDDEN_NAME)


@pytest.mark.parametrize(
    "name", ["g[1].jsonl", "_x.jsonl", ".x.jsonl", "a b'\"$(x).jsonl", "%2e%2e.jsonl", "\u202e.jsonl"]
)
def test_hostile_names_are_data(store: LocalStore, ledger: Ledger, swept: Swept, name: str) -> None:
    put(store, ORDERS + name)
    assert len(swept().batches) == 1
    assert ledger.files()[0].file.key == ORDERS + name


def test_a_control_character_is_refused_and_its_siblings_go_on(
    store: LocalStore, ledger: Ledger, swept: Swept, shop: Settings
) -> None:
    folder = shop.home / "store" / ORDERS
    folder.mkdir(parents=True)
    (folder / "new\nline.jsonl").write_text("{}\n")
    (folder / "good.jsonl").write_text("{}\n")
    swept()

    report = swept()

    found = by_key(ledger)
    assert found[ORDERS + "new\nline.jsonl"].reason is ReasonCode.FORBIDDEN_NAME
    assert [file.key for batch in report.batches for file in batch.files] == [ORDERS + "good.jsonl"]


def test_same_content_under_another_key_follows_the_contract(store: LocalStore, ledger: Ledger, swept: Swept) -> None:
    for name in ("orders", "events"):
        ending = "jsonl" if name == "orders" else "csv"
        put(store, f"landing/shop/{name}/v1/a.{ending}", b"id,amount\n")
        put(store, f"landing/shop/{name}/v1/b.{ending}", b"id,amount\n")
    swept()

    found = by_key(ledger)
    original, copy = found["landing/shop/events/v1/a.csv"], found["landing/shop/events/v1/b.csv"]
    assert (copy.state, copy.duplicate_of) == (FileState.DUPLICATE, original.file.file_id)
    warned = found[ORDERS + "b.jsonl"]
    assert (warned.state, warned.duplicate_of) == (FileState.BATCHED, None)
    assert "warning: same content as landing/shop/orders/v1/a.jsonl" in str(warned.detail)
    assert original.detail is None


def test_a_copy_in_a_later_sweep_is_still_known(store: LocalStore, ledger: Ledger, swept: Swept) -> None:
    put(store, "landing/shop/events/v1/a.csv", b"id,amount\n")
    swept()
    put(store, "landing/shop/events/v1/b.csv", b"id,amount\n")
    put(store, "landing/shop/events/v1/c.csv", b"id,amoun!\n")

    assert swept().new == {FileState.DUPLICATE: 1, FileState.SEEN: 1}


def test_a_file_that_came_before_its_contract_is_taken_once_it_is_there(
    store: LocalStore, ledger: Ledger, shop: Settings, swept: Swept, add_contract: Callable[..., Path]
) -> None:
    put(store, "landing/shop/returns/v1/a.jsonl")
    assert swept().new == {FileState.REFUSED: 1}
    add_contract("returns")

    report = sweep(store, ledger, load_contracts(shop.contracts_dir), LIMITS)

    assert report.new == {FileState.SEEN: 1}
    assert [str(batch.dataset) for batch in report.batches] == ["shop.returns.v1"]
    [record] = ledger.files()
    assert (record.state, record.reason, record.detail) == (FileState.BATCHED, None, None)


def test_batches_are_capped_by_files_and_bytes(store: LocalStore, swept: Swept) -> None:
    for i in range(4):
        put(store, f"{ORDERS}{i}.jsonl", b"%d\n" % i)
    put(store, ORDERS + "x-huge.jsonl", b"x" * 5000)
    put(store, ORDERS + "y.jsonl", b"y\n")

    sizes = [[file.key.removeprefix(ORDERS) for file in batch.files] for batch in swept().batches]

    assert sizes == [["0.jsonl", "1.jsonl", "2.jsonl"], ["3.jsonl"], ["x-huge.jsonl"], ["y.jsonl"]]


class Etags:
    """A store as S3 is: ETags instead of known hashes, and a count of what was read."""

    bucket = "etags"

    def __init__(self) -> None:
        self.objects: list[tuple[ObjectVersion, bytes]] = []
        self.reads: list[str] = []

    def add(self, key: str, content: bytes, etag: str, *, delete_marker: bool = False) -> None:
        arrived = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self.objects))
        version = ObjectVersion(
            key, f"v{len(self.objects)}", len(content), arrived, etag, is_delete_marker=delete_marker
        )
        self.objects.append((version, content))

    def settle(self, prefixes: object) -> Settled:
        return Settled()

    def list_versions(self, prefix: str) -> Iterator[ObjectVersion]:
        yield from (version for version, _ in reversed(self.objects) if version.key.startswith(prefix))

    def open(self, key: str, version_id: str) -> BinaryIO:
        self.reads.append(version_id)
        for version, content in self.objects:
            if (version.key, version.version_id) == (key, version_id) and not version.is_delete_marker:
                return io.BytesIO(content)
        raise MissingObjectError("gone")

    def fetch(self, key: str, version_id: str, target: Path) -> str:
        raise NotImplementedError

    def name_problem(self, key: str) -> str | None:
        raise NotImplementedError

    def put(self, key: str, source: BinaryIO | Path) -> ObjectVersion:
        raise NotImplementedError

    def uri(self, key: str) -> str:
        return f"etags://{key}"


def test_a_retried_put_is_a_duplicate_of_the_version_before(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"same\n", "e1")
    store.add(ORDERS + "a.jsonl", b"same\n", "e1")
    store.add(ORDERS + "a.jsonl", b"else\n", "e2")

    report = sweep(store, ledger, shop_catalogue, LIMITS)

    first, second, third = ledger.files()
    assert report.new == {FileState.SEEN: 2, FileState.DUPLICATE: 1}
    assert (second.state, second.duplicate_of) == (FileState.DUPLICATE, first.file.file_id)
    assert first.file.content_sha256 == second.file.content_sha256 is not None
    assert third.state is FileState.BATCHED
    assert store.reads == ["v1", "v0"]  # different plain ETags cannot be equal, so v2 was never read


def test_equal_etags_of_different_content_are_not_trusted(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"one1\n", "forged")
    store.add(ORDERS + "a.jsonl", b"two2\n", "forged")

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 2}


def test_a_multipart_upload_of_the_same_content_is_a_duplicate(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"same\n", "plain")
    store.add(ORDERS + "a.jsonl", b"same\n", "multi-2")

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 1, FileState.DUPLICATE: 1}


def test_a_delete_marker_is_no_file_and_changes_no_fate(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"{}\n", "e")
    store.add(ORDERS + "a.jsonl", b"", "", delete_marker=True)

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 1}


def test_a_copy_whose_original_is_gone_is_published(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"same\n", "e")
    sweep(store, ledger, shop_catalogue, LIMITS)
    store.objects.clear()
    store.objects.append((ObjectVersion(ORDERS + "a.jsonl", "v9", 5, datetime.now(UTC), "e"), b"same\n"))

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 1}


class Killed(BaseException):
    """Stands for the process being killed."""


@pytest.mark.parametrize("method", ["see", "form_batches", "known_files", "set_content"])
@pytest.mark.parametrize("after", [False, True])
def test_a_sweep_killed_anywhere_is_finished_by_the_next(
    ledger: Ledger, shop_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, method: str, after: bool
) -> None:
    store = Etags()
    for name, content in (("a.jsonl", b"same\n"), ("a.jsonl", b"same\n"), ("b.jsonl", b"b\n"), ("c.txt", b"c\n")):
        store.add(ORDERS + name, content, content.hex())
    real = getattr(Ledger, method)

    def die(self: Ledger, *arguments: object) -> object:
        if after:
            real(self, *arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, method, die)
        with pytest.raises(Killed):
            sweep(store, ledger, shop_catalogue, LIMITS)
    for _ in range(2):
        sweep(store, ledger, shop_catalogue, LIMITS)

    assert ledger.file_counts() == {FileState.BATCHED: 2, FileState.DUPLICATE: 1, FileState.REFUSED: 1}
    assert sum(len(record.batch.files) for record in ledger.batches(states=[BatchState.READY])) == 2


def test_sweeps_at_once_agree(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    store = Etags()
    for i in range(30):
        store.add(f"{ORDERS}{i}.jsonl", b"%02d\n" % (i // 2), f"e{i // 2}")
        store.add(f"{ORDERS}{i}.jsonl", b"%02d\n" % (i // 2), f"e{i // 2}")

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: sweep(store, ledger, shop_catalogue, LIMITS), range(4)))

    assert ledger.file_counts() == {FileState.BATCHED: 30, FileState.DUPLICATE: 30}
    batched = [file.file_id for record in ledger.batches() for file in record.batch.files]
    assert len(batched) == len(set(batched)) == 30
    assert sum(len(report.batches) for report in reports) == len(ledger.batches())


def test_a_store_that_fails_leaves_the_ledger_as_it_was(
    ledger: Ledger, shop_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Etags()
    store.add(ORDERS + "a.jsonl", b"a\n", "a")

    def fail(self: Etags, prefix: str) -> Iterator[ObjectVersion]:
        yield replace(self.objects[0][0])
        raise TransientError("store: down")

    with monkeypatch.context() as patch:
        patch.setattr(Etags, "list_versions", fail)
        with pytest.raises(TransientError):
            sweep(store, ledger, shop_catalogue, LIMITS)
    assert ledger.files() == []
    assert len(sweep(store, ledger, shop_catalogue, LIMITS).batches) == 1
