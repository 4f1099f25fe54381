"""What must be rejected and why: the answer key beside the sample, one JSON line per expected reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from gridata_contracts.errors import UsageError
from gridata_contracts.reasons import ReasonCode

ANSWER_KEY_FILE = "answer_key.jsonl"


@dataclass(frozen=True)
class ExpectedReason:
    """One reason one record or file must be rejected for.

    Attributes:
        file: landing key.
        row_number: 1-based record of the file, header excluded; None for the whole file.
        check: id of the check that must be broken; None for a fault found while reading.
        column: path of the column at fault; None when the fault is of the whole record or file.
    """

    file: str
    row_number: int | None
    reason: ReasonCode
    check: str | None = None
    column: str | None = None


def write_answer_key(folder: Path, reasons: Iterable[ExpectedReason]) -> Path:
    """Write the reasons, in the order given, as `answer_key.jsonl` of the folder."""
    path = folder / ANSWER_KEY_FILE
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for reason in reasons:
            lines.write(json.dumps(asdict(reason), ensure_ascii=False) + "\n")
    return path


def read_answer_key(folder: Path) -> list[ExpectedReason]:
    """The reasons of a folder's `answer_key.jsonl`.

    Raises:
        UsageError: there is no such file.
    """
    path = folder / ANSWER_KEY_FILE
    if not path.is_file():
        raise UsageError(f"answer key {path}: got no file. Generate the sample first.")
    with path.open(encoding="utf-8") as lines:
        return [_reason(json.loads(line)) for line in lines]


def _reason(fields: dict[str, str | int | None]) -> ExpectedReason:
    row_number = fields["row_number"]
    check, column = fields["check"], fields["column"]
    return ExpectedReason(
        file=str(fields["file"]),
        row_number=None if row_number is None else int(row_number),
        reason=ReasonCode(str(fields["reason"])),
        check=None if check is None else str(check),
        column=None if column is None else str(column),
    )
