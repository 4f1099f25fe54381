"""The ledger: one row per landed object version, one per batch, and what became of each. SQLite or Postgres by URL."""

from gridata_control.ledger.ledger import Ledger, open_ledger
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
from gridata_control.ledger.rewrites import Asked, Rewrite, RewriteState

__all__ = [
    "Asked",
    "Batch",
    "BatchRecord",
    "BatchState",
    "FileOutcome",
    "FileRecord",
    "FileState",
    "LandedFile",
    "Ledger",
    "NewFile",
    "Publication",
    "PublishedBatch",
    "QualityMetric",
    "Rewrite",
    "RewriteState",
    "Run",
    "open_ledger",
]
