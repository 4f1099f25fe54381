"""The ledger as everybody calls it: each method is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gridata_contracts.model import JsonValue
from gridata_contracts.naming import DatasetId
from gridata_control.ledger import backups, batches, contracts, files, holds, publication, rewrites, runs, schema
from gridata_control.ledger.engine import open_engine, reading, writing
from gridata_control.ledger.figures import Figures, figures
from gridata_control.ledger.publication import Publication
from gridata_control.ledger.records import (
    Batch,
    BatchRecord,
    BatchState,
    FileOutcome,
    FileRecord,
    FileState,
    LandedFile,
    NewFile,
    PublishedBatch,
    QualityMetric,
    Run,
)
from gridata_control.ledger.rewrites import Asked, Rewrite
from gridata_control.settings import Settings


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of these settings, with its tables up to date."""
    ledger = Ledger(settings.ledger_url)
    ledger.migrate()
    return ledger


class Ledger:
    """Files, batches, runs, staged metrics and stamps in one SQL database.

    Safe to use from several threads and processes at once. A database that does not answer raises TransientError.

    Args:
        url: `sqlite:///<file>` or `postgresql+psycopg2://…`.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def migrate(self) -> None:
        """Bring the tables to this version's shape; does nothing when they are. Safe to call from many at once."""
        schema.migrate(self._engine)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    # --- files -------------------------------------------------------------------------------------------------

    def see(self, new: Sequence[NewFile]) -> int:
        """Insert the versions that are not known yet; returns how many were new."""
        with writing(self._engine) as connection:
            return files.see(connection, new, _now())

    def reopen(self, entry: NewFile) -> int:
        """Give a version that was refused as UNKNOWN_DATASET the verdict it has now; 1 when that changed it."""
        with writing(self._engine) as connection:
            return files.reopen(connection, entry)

    def known_files(self, file_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that the ledger has."""
        with reading(self._engine) as connection:
            return files.known(connection, file_ids)

    def files_of_size(self, dataset: DatasetId, size_bytes: int) -> list[FileRecord]:
        """Candidates for the same content: versions of the dataset with this size that hold rows, oldest first."""
        with reading(self._engine) as connection:
            return files.same_size(connection, dataset, size_bytes)

    def set_content(self, file_id: str, content_sha256: str) -> None:
        """Remember the content hash of a version."""
        with writing(self._engine) as connection:
            files.set_content(connection, file_id, content_sha256)

    def files(
        self, dataset: DatasetId | None = None, states: Sequence[FileState] = (), batch_id: str | None = None
    ) -> list[FileRecord]:
        """Records in object order; every filter left out lets all pass."""
        with reading(self._engine) as connection:
            return files.select_records(connection, dataset, states, batch_id)

    def file_counts(self) -> dict[FileState, int]:
        """Number of versions per state; a state without versions is absent."""
        with reading(self._engine) as connection:
            return files.counts(connection)

    def figures(self) -> Figures:
        """Sums for monitoring."""
        with reading(self._engine) as connection:
            return figures(connection)

    # --- contracts ---------------------------------------------------------------------------------------------

    def keep_contract(self, contract_hash: str, dataset: DatasetId, document: str) -> None:
        """Keep the document of a contract, so that batches made under it can be run under it for ever."""
        with writing(self._engine) as connection:
            contracts.keep(connection, contract_hash, dataset, document)

    def kept_contracts(self) -> frozenset[str]:
        """Hashes of the contracts whose document is kept."""
        with reading(self._engine) as connection:
            return contracts.hashes(connection)

    def contract_document(self, contract_hash: str) -> str | None:
        """The document of a hash; None when it was never kept."""
        with reading(self._engine) as connection:
            return contracts.document(connection, contract_hash)

    # --- batches -----------------------------------------------------------------------------------------------

    def form_batches(
        self, dataset: DatasetId, contract_hash: str, plan: batches.Plan, ingested_at_utc: datetime
    ) -> list[Batch]:
        """READY batches out of all SEEN files of the dataset, cut by `plan` (pure; gets object order)."""
        with writing(self._engine) as connection:
            return batches.form(connection, dataset, contract_hash, plan, ingested_at_utc)

    def add_batch(
        self, dataset: DatasetId, contract_hash: str, members: Sequence[LandedFile], ingested_at_utc: datetime
    ) -> Batch:
        """One READY batch of exactly these SEEN files; the same files again give the stored batch.

        Raises:
            PermanentError: a file is unknown, terminal or in another batch.
        """
        with writing(self._engine) as connection:
            return batches.add(connection, dataset, contract_hash, members, ingested_at_utc)

    def split_batch(
        self, batch_id: str, groups: Sequence[Sequence[LandedFile]], contract_hash: str | None = None
    ) -> list[Batch]:
        """Supersede an unpublished batch by one READY child per group; the second call returns the same children.

        The children keep the contract unless another hash is given.
        """
        with writing(self._engine) as connection:
            return batches.split(connection, batch_id, groups, contract_hash, _now())

    def batch(self, batch_id: str) -> Batch:
        """Raises UsageError when there is no such batch."""
        with reading(self._engine) as connection:
            return batches.get(connection, batch_id)

    def batch_record(self, batch_id: str) -> BatchRecord:
        """The batch with its fate. Raises UsageError when there is no such batch."""
        with reading(self._engine) as connection:
            return batches.get_record(connection, batch_id)

    def batches(self, dataset: DatasetId | None = None, states: Sequence[BatchState] = ()) -> list[BatchRecord]:
        """Oldest first; every filter left out lets all pass."""
        with reading(self._engine) as connection:
            return batches.in_states(connection, dataset, states)

    def mark_dispatched(self, batch_id: str, dag_id: str, run_number: int) -> None:
        """A run of the batch exists; a published or superseded batch keeps its state."""
        with writing(self._engine) as connection:
            batches.mark_dispatched(connection, batch_id, dag_id, run_number, _now())

    def claim(self, batch_id: str, lease_s: float) -> bool:
        """Whether the caller alone may run the batch for `lease_s` seconds."""
        with writing(self._engine) as connection:
            return batches.claim(connection, batch_id, _now(), lease_s)

    def extend_claim(self, batch_id: str, lease_s: float) -> None:
        """Hold a claim for `lease_s` seconds from now."""
        with writing(self._engine) as connection:
            batches.extend_claim(connection, batch_id, _now(), lease_s)

    def release(self, batch_id: str) -> None:
        """End a claim early."""
        with writing(self._engine) as connection:
            batches.release(connection, batch_id)

    def make_ready(self, batch_id: str) -> BatchRecord:
        """Put a FAILED or DISPATCHED batch back into the outbox; returns what it was before. HELD ones stay held."""
        with writing(self._engine) as connection:
            return batches.make_ready(connection, batch_id)

    def fail(self, batch_id: str, error: str) -> bool:
        """The batch's run ended without publishing. No effect on a published, held or superseded batch.

        Returns:
            Whether the batch is FAILED now.
        """
        with writing(self._engine) as connection:
            return batches.fail(connection, batch_id, error)

    def hold(
        self, batch_id: str, quarantine_snapshot_id: int | None, report: Mapping[str, JsonValue], error: str
    ) -> None:
        """The batch's quality gate failed: HELD, nothing of it in bronze. No effect on a published or superseded batch.

        Its files stay BATCHED. No sweep runs, splits or retries it; a changed contract makes it anew, and
        `clear_hold` gives it free. A run that overrides the gate may publish it while it is HELD.

        Args:
            batch_id: whose rejected rows, if any, are in quarantine already.
            quarantine_snapshot_id: snapshot that brought them; None when there are none.
            report: as `publish` takes it.
            error: which gate failed and why, shown by `gridata status`.
        """
        with writing(self._engine) as connection:
            holds.hold(connection, batch_id, holds.Hold(quarantine_snapshot_id, report, error), _now())

    def clear_hold(self, batch_id: str, *, override_gate: bool) -> BatchRecord:
        """Put a HELD batch back into the outbox; returns what it was before.

        Args:
            batch_id: a HELD batch, or one whose gate was overridden before, which stays as it is.
            override_gate: publish it whatever its gate says, in this and every later run; else the gate is asked again.

        Raises:
            UsageError: it is neither.
        """
        with writing(self._engine) as connection:
            return holds.clear(connection, batch_id, override_gate=override_gate)

    def publish(
        self,
        batch_id: str,
        outcomes: Sequence[FileOutcome],
        bronze_snapshot_id: int | None,
        quarantine_snapshot_id: int | None,
        report: Mapping[str, JsonValue],
    ) -> None:
        """Give the batch and each of its files their terminal state. The same outcomes again change nothing.

        Raises:
            PermanentError: other outcomes than published before; not exactly the batch's files; rows_in is not
                valid + rejected; the batch is superseded.
        """
        with writing(self._engine) as connection:
            words = Publication(outcomes, bronze_snapshot_id, quarantine_snapshot_id, report)
            publication.publish(connection, batch_id, words, _now())

    def published_batches(self, dataset: DatasetId) -> list[PublishedBatch]:
        """Ordered by ingestion instant, then id."""
        with reading(self._engine) as connection:
            return publication.published(connection, dataset)

    # --- rewrites of published batches -------------------------------------------------------------------------

    def ask_rewrite(self, batch_id: str, asked: Asked) -> Rewrite:
        """A rewrite of a published batch; nothing changes yet.

        Returns:
            The one that is half done, whatever is asked; the one that waits, asked for again; else a new one.

        Raises:
            UsageError: the batch is not published.
            PermanentError: landed files of it are retired or erased.
        """
        with writing(self._engine) as connection:
            return rewrites.ask(connection, batch_id, asked, _now())

    def start_rewrite(self, batch_id: str, number: int) -> None:
        """From now on the tables may hold rows of this rewrite, and no earlier run of the batch may write.

        Raises:
            PermanentError: it was abandoned, or a later one has begun.
        """
        with writing(self._engine) as connection:
            rewrites.start(connection, batch_id, number, _now())

    def abandon_rewrite(self, batch_id: str, number: int, error: str) -> None:
        """The batch stays as published; `error` says why. No effect on a rewrite that has begun to write."""
        with writing(self._engine) as connection:
            rewrites.abandon(connection, batch_id, number, error, _now())

    def finish_rewrite(self, batch_id: str, number: int, words: Publication, run_id: str | None) -> None:
        """Replace the batch's publication, keep the earlier one with the rewrite. The same again changes nothing.

        Raises:
            PermanentError: another rewrite has begun since; as for `publish`.
        """
        with writing(self._engine) as connection:
            rewrites.finish(connection, batch_id, number, words, run_id, _now())

    def rewrite(self, batch_id: str, number: int) -> Rewrite:
        """Raises UsageError when the batch has no rewrite of this number."""
        with reading(self._engine) as connection:
            return rewrites.get(connection, batch_id, number)

    def rewrites(self, batch_id: str | None = None) -> list[Rewrite]:
        """Rewrites of a batch, or of all, in the order they were asked for."""
        with reading(self._engine) as connection:
            return rewrites.of_batch(connection, batch_id)

    # --- runs, metrics, stamps ---------------------------------------------------------------------------------

    def record_run(self, run: Run) -> None:
        """The newest word on a (run id, job)."""
        with writing(self._engine) as connection:
            runs.record_run(connection, run)

    def runs(self, batch_id: str | None = None, run_id: str | None = None) -> list[Run]:
        """Oldest first; every filter left out lets all pass."""
        with reading(self._engine) as connection:
            return runs.select_runs(connection, batch_id, run_id)

    def untold_runs(self, limit: int | None = None) -> list[Run]:
        """Runs that ended and whose metadata nobody told yet, in the order of their ends."""
        with reading(self._engine) as connection:
            return runs.untold_runs(connection, limit)

    def refused_runs(self) -> list[Run]:
        """Runs whose metadata a catalog refused, in the order of their ends."""
        with reading(self._engine) as connection:
            return runs.refused_runs(connection)

    def mark_told(self, run: Run) -> None:
        """Every catalog has this run's metadata."""
        with writing(self._engine) as connection:
            runs.mark_told(connection, run, _now(), None)

    def mark_refused(self, run: Run, error: str) -> None:
        """A catalog will never take this run's metadata; it is not told again."""
        with writing(self._engine) as connection:
            runs.mark_told(connection, run, _now(), error)

    def mark_untold(self, run: Run, error: str) -> None:
        """The run's metadata could not be told now; it stays the next to tell."""
        with writing(self._engine) as connection:
            runs.mark_told(connection, run, None, error)

    def forget_told(self, *, refused_only: bool) -> int:
        """Have all ended runs (or those that a catalog refused) told anew; returns how many those are."""
        with writing(self._engine) as connection:
            return runs.forget_told(connection, refused_only)

    def stage_metrics(self, metrics: Sequence[QualityMetric]) -> int:
        """Keep metrics until one writer flushes them to Iceberg; returns how many were new."""
        with writing(self._engine) as connection:
            return runs.stage_metrics(connection, metrics)

    def staged_metrics(self, limit: int | None = 100_000, dataset: str | None = None) -> list[QualityMetric]:
        """Metrics not flushed yet, oldest first; of one dataset, or of all."""
        with reading(self._engine) as connection:
            return runs.staged_metrics(connection, limit, dataset)

    def mark_flushed(self, metric_ids: Sequence[str]) -> None:
        """These metrics are in Iceberg now."""
        with writing(self._engine) as connection:
            runs.mark_flushed(connection, metric_ids, _now())

    def stamp(
        self, target_table: str, batch_versions: Sequence[str], snapshot_id: int | None, run_id: str | None = None
    ) -> None:
        """A transform applied these `PublishedBatch.version`s to its target; known also after the snapshot expired."""
        with writing(self._engine) as connection:
            runs.stamp(connection, target_table, batch_versions, snapshot_id, run_id, _now())

    def stamped(self, target_table: str) -> dict[str, int]:
        """Ids of the batches applied to the target, each with the number of its last rewrite that was (0: none)."""
        with reading(self._engine) as connection:
            return runs.stamped(connection, target_table)

    def stamped_tables(self) -> set[str]:
        """Targets to which any batch was applied."""
        with reading(self._engine) as connection:
            return runs.stamped_tables(connection)

    # --- backups -----------------------------------------------------------------------------------------------

    def revision(self) -> str | None:
        """Which migration the tables have; None in an empty database."""
        return schema.revision(self._engine)

    def record_backup(self, set_id: str, parts: Sequence[str], taken_utc: datetime) -> None:
        """A whole backup of these parts was taken from `taken_utc` until now."""
        with writing(self._engine) as connection:
            backups.record(connection, set_id, parts, taken_utc, _now())


def _now() -> datetime:
    return datetime.now(UTC)
