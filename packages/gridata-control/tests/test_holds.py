"""Batches that a quality gate holds: nothing moves them but a person or another contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gridata_contracts.errors import UsageError
from gridata_contracts.naming import DatasetId
from gridata_control.ledger import Batch, BatchState, FileOutcome, FileState, LandedFile, Ledger

See = Callable[..., list[LandedFile]]
WHY = "gate closed, nothing published: 40 of 100 rows fail"


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: See) -> Batch:
    return ledger.add_batch(orders, "hash", see(2), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def held(ledger: Ledger, batch: Batch) -> Batch:
    ledger.hold(batch.id, 7, {"failed": 1}, WHY)
    return batch


def publish(ledger: Ledger, batch: Batch) -> None:
    outcomes = [FileOutcome(file.file_id, FileState.PUBLISHED, None, 3, 2, 1, None) for file in batch.files]
    ledger.publish(batch.id, outcomes, 8, 7, {"failed": 0})


def test_a_held_batch_says_why_and_its_files_wait(ledger: Ledger, held: Batch, orders: DatasetId) -> None:
    record = ledger.batch_record(held.id)

    assert (record.state, record.error, record.report) == (BatchState.HELD, WHY, {"failed": 1})
    assert (record.quarantine_snapshot_id, record.bronze_snapshot_id, record.gate_overridden) == (7, None, False)
    assert record.held_at_utc is not None
    assert {file.state for file in ledger.files(batch_id=held.id)} == {FileState.BATCHED}
    assert ledger.published_batches(orders) == []


def test_nothing_a_run_or_a_sweep_does_moves_a_held_batch(ledger: Ledger, held: Batch) -> None:
    ledger.fail(held.id, "the job ended with exit code 1")
    ledger.make_ready(held.id)
    ledger.mark_dispatched(held.id, "dag", 2)

    record = ledger.batch_record(held.id)
    assert (record.state, record.error, record.run_number) == (BatchState.HELD, WHY, 2)


def test_a_cleared_hold_is_ready_and_asks_its_gate_again(ledger: Ledger, held: Batch) -> None:
    before = ledger.clear_hold(held.id, override_gate=False)

    after = ledger.batch_record(held.id)
    assert (before.state, after.state, after.gate_overridden, after.error) == (
        BatchState.HELD,
        BatchState.READY,
        False,
        None,
    )
    ledger.hold(held.id, 7, {}, WHY)
    assert ledger.batch_record(held.id).state is BatchState.HELD


def test_a_gate_once_overridden_stays_so_for_every_later_run(ledger: Ledger, held: Batch) -> None:
    ledger.clear_hold(held.id, override_gate=True)
    ledger.fail(held.id, "killed")
    ledger.make_ready(held.id)
    ledger.clear_hold(held.id, override_gate=True)  # `replay --publish-anyway` once more

    record = ledger.batch_record(held.id)
    assert (record.state, record.gate_overridden) == (BatchState.READY, True)


def test_the_halves_of_an_overridden_batch_are_overridden_but_not_its_successor_under_another_contract(
    ledger: Ledger, orders: DatasetId, see: See
) -> None:
    halved = ledger.add_batch(orders, "hash", see(2, name="a"), datetime(2026, 1, 1, tzinfo=UTC))
    renewed = ledger.add_batch(orders, "hash", see(2, name="b"), datetime(2026, 1, 1, tzinfo=UTC))
    for batch in (halved, renewed):
        ledger.hold(batch.id, None, {}, WHY)
        ledger.clear_hold(batch.id, override_gate=True)

    halves = ledger.split_batch(halved.id, [halved.files[:1], halved.files[1:]])
    [successor] = ledger.split_batch(renewed.id, [renewed.files], "another hash")

    assert [ledger.batch_record(half.id).gate_overridden for half in halves] == [True, True]
    assert not ledger.batch_record(successor.id).gate_overridden


def test_only_a_held_batch_can_be_published_anyway(ledger: Ledger, batch: Batch) -> None:
    with pytest.raises(UsageError, match="got READY, allowed HELD"):
        ledger.clear_hold(batch.id, override_gate=True)


@pytest.mark.parametrize("cleared", [True, False])
def test_a_run_that_overrides_the_gate_publishes_a_batch_that_is_or_was_held(
    ledger: Ledger, held: Batch, orders: DatasetId, cleared: bool
) -> None:
    """A run that began before the override may hold the batch once more meanwhile."""
    if cleared:
        ledger.clear_hold(held.id, override_gate=True)

    publish(ledger, held)

    record = ledger.batch_record(held.id)
    assert (record.state, record.error, record.report) == (BatchState.PUBLISHED, None, {"failed": 0})
    assert [each.batch_id for each in ledger.published_batches(orders)] == [held.id]


def test_a_hold_never_undoes_a_publication_or_a_split(
    ledger: Ledger, batch: Batch, orders: DatasetId, see: See
) -> None:
    publish(ledger, batch)
    other = ledger.add_batch(orders, "hash", see(2, name="other"), datetime(2026, 1, 1, tzinfo=UTC))
    ledger.split_batch(other.id, [other.files[:1], other.files[1:]])

    for each in (batch, other):
        ledger.hold(each.id, 7, {}, "a zombie's last word")

    assert ledger.batch_record(batch.id).state is BatchState.PUBLISHED
    assert ledger.batch_record(other.id).state is BatchState.SUPERSEDED
