"""Why a row or a file was not published: the closed list of reason codes and the shape of a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """Fixed once: quarantine tables, reports, DataHub and the producer's reason file all carry these words."""

    # the record could not be read as the contract's columns
    INVALID_ENCODING = "INVALID_ENCODING"  # bytes are not UTF-8
    INVALID_JSON = "INVALID_JSON"  # not one JSON value (RFC 8259)
    NOT_AN_OBJECT = "NOT_AN_OBJECT"  # JSON, but not an object
    DUPLICATE_FIELD = "DUPLICATE_FIELD"  # one object names a field twice
    INVALID_CSV = "INVALID_CSV"  # not one CSV record (RFC 4180)
    FIELD_COUNT = "FIELD_COUNT"  # CSV record with more or fewer fields than the header
    RECORD_TOO_LARGE = "RECORD_TOO_LARGE"
    WRONG_TYPE = "WRONG_TYPE"  # e.g. an object where a string is declared
    INVALID_VALUE = "INVALID_VALUE"  # text that is not accepted for the declared type
    OUT_OF_RANGE = "OUT_OF_RANGE"  # accepted text whose value the type cannot hold
    UNDECLARED_FIELD = "UNDECLARED_FIELD"  # only where the contract says `reject`
    # the record was read and broke a rule
    MISSING_REQUIRED = "MISSING_REQUIRED"
    CHECK_FAILED = "CHECK_FAILED"
    DUPLICATE_KEY = "DUPLICATE_KEY"  # an earlier row of the same batch has this key
    # the whole file
    EMPTY_FILE = "EMPTY_FILE"
    UNREADABLE_FILE = "UNREADABLE_FILE"  # truncated or corrupt
    WRONG_FORMAT = "WRONG_FORMAT"  # e.g. a ZIP archive under .jsonl
    HEADER_MISMATCH = "HEADER_MISMATCH"  # CSV header or wrong delimiter
    SCHEMA_MISMATCH = "SCHEMA_MISMATCH"  # Parquet or ORC columns that cannot be the contract's
    MISSING_FILE = "MISSING_FILE"  # listed, gone before it was read
    # refused before it is a file of ours
    UNKNOWN_DATASET = "UNKNOWN_DATASET"
    FORBIDDEN_NAME = "FORBIDDEN_NAME"


@dataclass(frozen=True)
class Reason:
    """One reason a record or file was rejected.

    Attributes:
        code: what kind of fault.
        check: id of the broken check, when a check was broken.
        column: path of the column, `items[*].price` for a field of an array's items.
        expected: what is allowed, in words a producer understands.
        got: the offending text, at most 80 characters; `***` for protected columns; None when absent.
    """

    code: ReasonCode
    check: str | None = None
    column: str | None = None
    expected: str | None = None
    got: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """The reason as plain data, in the field order of the quarantine table."""
        return {
            "code": self.code.value,
            "check": self.check,
            "column": self.column,
            "expected": self.expected,
            "got": self.got,
        }


MASK = "***"
"""What stands for a value nobody may see in a message: of a protected column, and of every undeclared field."""
