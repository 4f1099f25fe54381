"""What a run of ingest is for: a batch's first publication, or the rewrite of a published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Contract
from gridata_contracts.naming import batch_version
from gridata_contracts.reasons import ReasonCode
from gridata_control.ledger import Batch, BatchState, Publication, RewriteState
from gridata_control.ledger.holds import Hold
from gridata_jobs.lake import Lake
from gridata_jobs.stage_batch import Input


class Purpose(Protocol):
    """The steps of ingest that differ.

    Attributes:
        contract: whose verdict the batch gets.
        rewrite: number of the rewrite; 0: none.
        asks_gate: False: nobody asks the gate, somebody or an earlier run has decided.
        writes_when_closed: whether rejected rows go to quarantine also when the gate is closed.
        scope: names what this run measures, in the quality metrics.
        stamps: more summary properties of the snapshots.
    """

    contract: Contract
    rewrite: int
    asks_gate: bool
    writes_when_closed: bool
    scope: str
    stamps: Mapping[str, str]

    def require(self, inputs: Sequence[Input]) -> None:
        """Raises PermanentError for inputs that this purpose cannot do with."""

    def may_write(self) -> None:
        """Raises PermanentError when this run may not write any more."""

    def begin(self) -> None:
        """The gate is open: rows are about to be written."""

    def close(self, word: Hold) -> None:
        """The gate is closed: tell the ledger."""

    def finish(self, words: Publication) -> None:
        """Everything is written: tell the ledger."""


class FirstPublication:
    """A batch becomes rows, or is adopted when it has.

    A run that slept while its batch was split, renewed or rewritten may not write: its files or rows are others' now.
    A batch that is split between the look and the commit is not seen; its rows are then nobody's, and `gridata verify`
    names them (ORPHAN_ROWS). A rewrite always is: it commits to the same table.
    """

    rewrite = 0
    writes_when_closed = True

    def __init__(self, lake: Lake, batch: Batch, *, override_gate: bool) -> None:
        record = lake.ledger.batch_record(batch.id)
        if record.rewriting is not None:
            raise PermanentError(
                f"batch {batch.id}: got rewrite {record.rewriting} half done, allowed a batch that none is under way "
                f"of. `gridata replay {batch.id} --rewrite` finishes it."
            )
        self._ledger, self._batch, self._begun = lake.ledger, batch, record.rewrites_begun
        self.contract, self.asks_gate = lake.contract_of(batch), not override_gate
        self.scope = batch_version(batch.id, self._begun)
        self.stamps = _gate_stamp(overridden=override_gate)

    def require(self, inputs: Sequence[Input]) -> None:
        """An object that is gone is rejected as MISSING_FILE."""

    def may_write(self) -> None:
        record = self._ledger.batch_record(self._batch.id)
        if record.state is BatchState.SUPERSEDED:
            raise PermanentError(
                f"batch {self._batch.id}: got a superseded batch, allowed one that still owns its files. "
                "Its children are run instead."
            )
        if record.rewrites_begun != self._begun:
            raise PermanentError(
                f"batch {self._batch.id}: got rewrite {record.rewrites_begun} since this run began, allowed "
                f"{self._begun}. Its rows are not this run's any more."
            )

    def begin(self) -> None:
        """The first rows of a batch need no word before them."""

    def close(self, word: Hold) -> None:
        self._ledger.hold(self._batch.id, word.quarantine_snapshot_id, word.report, word.error)

    def finish(self, words: Publication) -> None:
        snapshots = words.bronze_snapshot_id, words.quarantine_snapshot_id
        self._ledger.publish(self._batch.id, words.outcomes, *snapshots, words.report)


class Rewriting:
    """A published batch becomes what another contract says of the same object versions.

    The gate is asked once, before anything is written; a run that finds the rewrite begun goes on.
    """

    writes_when_closed = False

    def __init__(self, lake: Lake, batch: Batch, number: int, run_id: str | None) -> None:
        asked = lake.ledger.rewrite(batch.id, number)
        self._ledger, self._batch, self._run_id = lake.ledger, batch, run_id
        self.rewrite = number
        self.contract = lake.contract_of_rewrite(asked)
        self.asks_gate = asked.state is RewriteState.ASKED and not asked.asked.override_gate
        self.scope = batch_version(batch.id, number)
        self.stamps = _gate_stamp(overridden=asked.asked.override_gate)

    def require(self, inputs: Sequence[Input]) -> None:
        gone = [each for each in inputs if each.refusal is not None and each.refusal.code is ReasonCode.MISSING_FILE]
        if gone:
            raise PermanentError(
                f"batch {self._batch.id}: got {len(gone)} of {len(inputs)} landed files gone, such as version "
                f"{gone[0].file.version_id} of {gone[0].source_uri}, allowed all of them. This run changed no row: "
                "what is published is all there is of them. Put the objects back, or leave the batch as it is."
            )

    def may_write(self) -> None:
        begun = self._ledger.batch_record(self._batch.id).rewrites_begun
        if begun != self.rewrite:
            raise PermanentError(
                f"batch {self._batch.id}: got rewrite {begun} under way or done, allowed {self.rewrite}, this run's. "
                "Its rows are not this run's any more."
            )

    def begin(self) -> None:
        self._ledger.start_rewrite(self._batch.id, self.rewrite)

    def close(self, word: Hold) -> None:
        self._ledger.abandon_rewrite(self._batch.id, self.rewrite, word.error)

    def finish(self, words: Publication) -> None:
        self._ledger.finish_rewrite(self._batch.id, self.rewrite, words, self._run_id)


def _gate_stamp(*, overridden: bool) -> Mapping[str, str]:
    return {"gridata.gate": "overridden"} if overridden else {}
