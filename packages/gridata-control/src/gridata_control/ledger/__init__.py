"""The ledger: one row per landed object version, one per batch, and what became of each. SQLite or Postgres by URL."""

from gridata_control.ledger.ledger import Ledger, open_ledger
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

__all__ = [
    "Batch",
    "BatchRecord",
    "BatchState",
    "FileOutcome",
    "FileRecord",
    "FileState",
    "LandedFile",
    "Ledger",
    "NewFile",
    "PublishedBatch",
    "QualityMetric",
    "Run",
    "open_ledger",
]
