"""Cutting files into batches and halving a batch that cannot be published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridata_contracts.errors import PermanentError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import DatasetId
from gridata_control.batch_errors import BatchErrors
from gridata_control.batches import BatchLimits, bisect, plan_batches, renew_stale_batches, split_failed_batches
from gridata_control.ledger import Batch, BatchState, FileOutcome, FileState, LandedFile, Ledger
from gridata_control.settings import Settings

See = Callable[..., list[LandedFile]]


def never(_: Batch) -> frozenset[str]:
    return frozenset()


def in_bronze(_: Batch) -> frozenset[str]:
    return frozenset({"bronze"})


@given(
    st.lists(st.integers(1, 50), max_size=40),
    st.integers(1, 60),
    st.integers(1, 7),
)
def test_every_file_is_in_exactly_one_batch_within_the_limits(sizes: list[int], max_bytes: int, max_files: int) -> None:
    files = [LandedFile(str(i), "b", str(i), "v", size) for i, size in enumerate(sizes)]
    groups = plan_batches(files, BatchLimits(max_bytes, max_files))

    assert [file for group in groups for file in group] == files
    for group in groups:
        assert 0 < len(group) <= max_files
        assert len(group) == 1 or sum(file.size_bytes for file in group) <= max_bytes


def test_a_poisonous_file_ends_alone_and_its_siblings_are_published(
    ledger: Ledger, orders: DatasetId, see: See
) -> None:
    files = see(7)
    poisonous = files[4].file_id
    [batch] = ledger.form_batches(orders, "hash", lambda all_: [all_], _now())
    work = [batch]
    while work:
        batch = work.pop()
        if poisonous in {file.file_id for file in batch.files}:
            ledger.fail(batch.id, "killed")
            work += split_failed_batches(ledger, never, BatchErrors())
        else:
            outcomes = [FileOutcome(file.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for file in batch.files]
            ledger.publish(batch.id, outcomes, 1, None, {})

    [failed] = ledger.batches(states=[BatchState.FAILED])
    assert [file.file_id for file in failed.batch.files] == [poisonous]
    assert ledger.file_counts() == {FileState.PUBLISHED: 6, FileState.BATCHED: 1}


def test_bisecting_again_gives_the_same_children(ledger: Ledger, orders: DatasetId, see: See) -> None:
    batch = ledger.add_batch(orders, "hash", see(3), _now())
    first, again = bisect(ledger, batch.id, never), bisect(ledger, batch.id, never)

    assert {child.id for child in first} == {child.id for child in again}
    assert sorted(len(child.files) for child in first) == [1, 2]


def test_a_batch_with_rows_in_a_table_is_never_split(ledger: Ledger, orders: DatasetId, see: See) -> None:
    batch = ledger.add_batch(orders, "hash", see(2), _now())
    ledger.fail(batch.id, "killed after the bronze commit")

    with pytest.raises(PermanentError, match="rows are in a table"):
        bisect(ledger, batch.id, in_bronze)
    assert split_failed_batches(ledger, in_bronze, BatchErrors()) == []
    assert ledger.batch_record(batch.id).state is BatchState.FAILED


def test_a_batch_with_rows_keeps_its_contract_when_that_changes(
    ledger: Ledger, orders: DatasetId, see: See, shop: Settings
) -> None:
    ledger.add_batch(orders, "the hash of a contract that was", see(2), _now())

    assert renew_stale_batches(ledger, load_contracts(shop.contracts_dir), in_bronze, BatchErrors()) == []


def test_a_held_batch_is_made_anew_by_a_changed_contract_only(
    ledger: Ledger, orders: DatasetId, see: See, shop: Settings
) -> None:
    contracts = load_contracts(shop.contracts_dir)
    stale = ledger.add_batch(orders, "the hash of a contract that was", see(2), _now())
    waiting = ledger.add_batch(orders, contracts[orders].hash, see(2, name="waiting"), _now())
    for batch in (stale, waiting):
        ledger.hold(batch.id, 7, {}, "gate closed")

    in_quarantine = frozenset({"quarantine"})
    [renewed] = renew_stale_batches(ledger, contracts, lambda _: in_quarantine, BatchErrors())

    assert (renewed.files, renewed.contract_hash) == (stale.files, contracts[orders].hash)
    before = ledger.batch_record(stale.id)
    assert (before.state, before.held_at_utc is not None) == (BatchState.SUPERSEDED, True)
    assert ledger.batch_record(waiting.id).state is BatchState.HELD


def test_a_held_batch_with_rows_in_bronze_keeps_its_contract(
    ledger: Ledger, orders: DatasetId, see: See, shop: Settings
) -> None:
    batch = ledger.add_batch(orders, "the hash of a contract that was", see(2), _now())
    ledger.hold(batch.id, 7, {}, "gate closed")

    assert renew_stale_batches(ledger, load_contracts(shop.contracts_dir), in_bronze, BatchErrors()) == []


def test_a_held_batch_is_never_split(ledger: Ledger, orders: DatasetId, see: See) -> None:
    batch = ledger.add_batch(orders, "hash", see(2), _now())
    ledger.hold(batch.id, None, {}, "gate closed")

    assert split_failed_batches(ledger, never, BatchErrors()) == []
    with pytest.raises(PermanentError, match="got HELD"):
        bisect(ledger, batch.id, never)


def test_a_batch_whose_tables_cannot_be_read_holds_up_no_other(ledger: Ledger, orders: DatasetId, see: See) -> None:
    unreadable = ledger.add_batch(orders, "hash", see(2), _now())
    other = ledger.add_batch(orders, "hash", see(2, name="other"), _now())
    for batch in (unreadable, other):
        ledger.fail(batch.id, "killed")

    def written(batch: Batch) -> frozenset[str]:
        if batch.id == unreadable.id:
            raise PermanentError("a data file is lost")
        return frozenset()

    errors = BatchErrors()
    children = split_failed_batches(ledger, written, errors)

    assert [file for child in children for file in child.files] == list(other.files)
    assert [each.batch_id for each in errors] == [unreadable.id]


def test_one_file_cannot_be_halved(ledger: Ledger, orders: DatasetId, see: See) -> None:
    batch = ledger.add_batch(orders, "hash", see(1), _now())
    with pytest.raises(PermanentError, match="got one file"):
        bisect(ledger, batch.id, never)


def test_a_batch_waiting_under_an_old_contract_is_renewed_with_the_same_files(
    ledger: Ledger, orders: DatasetId, see: See, shop: Settings, add_contract: Callable[..., Path]
) -> None:
    before = load_contracts(shop.contracts_dir)[orders].hash
    batch = ledger.add_batch(orders, before, see(2), _now())
    assert renew_stale_batches(ledger, load_contracts(shop.contracts_dir), never, BatchErrors()) == []
    path = add_contract("orders")
    path.write_text(path.read_text().replace("version: 1.0.0", "version: 1.1.0"))
    changed = load_contracts(shop.contracts_dir)

    [renewed] = renew_stale_batches(ledger, changed, never, BatchErrors())

    assert (renewed.files, renewed.contract_hash) == (batch.files, changed[orders].hash)
    assert changed[orders].hash != before
    assert ledger.batch_record(batch.id).state is BatchState.SUPERSEDED
    assert renew_stale_batches(ledger, changed, never, BatchErrors()) == []


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)
