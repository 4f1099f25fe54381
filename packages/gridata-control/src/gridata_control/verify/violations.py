"""What can be wrong between landing, ledger and tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Each kind of disagreement; `where` names the object, batch or table."""

    NO_LEDGER_ROW = "NO_LEDGER_ROW"  # an object version is in the store, the ledger does not know it
    NOT_DECIDED = "NOT_DECIDED"  # a version waits for its fate
    LOST_OBJECT = "LOST_OBJECT"  # the ledger has a version that the store has no more
    CONTENT_CHANGED = "CONTENT_CHANGED"  # a version's bytes are not those that were read
    ROWS_IN = "ROWS_IN"  # records in the object, and rows_in in the ledger
    ROW_SUM = "ROW_SUM"  # rows_in, and valid + rejected
    BRONZE_ROWS = "BRONZE_ROWS"  # rows of a file in bronze, and its valid rows
    QUARANTINE_ROWS = "QUARANTINE_ROWS"  # rows of a file in quarantine, and its rejected rows
    ROW_MISSING = "ROW_MISSING"  # row numbers of a file in neither table
    ROW_DOUBLED = "ROW_DOUBLED"  # row numbers of a file more than once in both tables together
    ROW_UNKNOWN = "ROW_UNKNOWN"  # row numbers the file does not have
    ORPHAN_ROWS = "ORPHAN_ROWS"  # rows whose file or batch the ledger has not published
    PUBLISHED_BATCHES = "PUBLISHED_BATCHES"  # a decided file is in none or several published batches
    HALF_REWRITTEN = "HALF_REWRITTEN"  # a rewrite has begun to write and is not done: tables and ledger may disagree
    DUPLICATE_OF = "DUPLICATE_OF"  # a duplicate's original is not in the ledger
    LOST_DATA_FILE = "LOST_DATA_FILE"  # a data file that a table names is gone or cannot be read
    LOST_METADATA = "LOST_METADATA"  # a table's metadata is gone or cannot be read, so its rows were not counted


@dataclass(frozen=True)
class Violation:
    """One disagreement.

    Attributes:
        where: key and version of the object, or `table: file id in batch id`.
        expected: what the other hand counted.
        got: what was found.
    """

    kind: Kind
    where: str
    expected: str
    got: str
