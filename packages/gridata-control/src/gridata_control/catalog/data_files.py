"""Files of a table that are gone or damaged, told by name: no retry helps, no traceback says whose rows they held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

_REMOTE_FAULT = "AWS Error"  # in every message of pyarrow's S3 client, and in none about the content of a file


class LostFileError(PermanentError):
    """A file that a table's metadata names is gone or cannot be read.

    Attributes:
        uri: of the file; None when the reader did not say which of the table's metadata files it was.
        problem: `no such file`, or `damaged` and the kind of the reader's complaint.
    """

    def __init__(self, table_id: str, uri: str | None, problem: str) -> None:
        super().__init__(
            f"table {table_id}: {uri or 'a metadata file'}: got {problem}, allowed every file its metadata names. "
            "Put the file back, then run `gridata verify`; see docs/runbooks/lost-data-file.md."
        )
        self.uri, self.problem = uri, problem


@contextmanager
def reading(table_id: str, uri: str | None = None) -> Iterator[None]:
    """Within this block the table is read; a file of it that is gone or damaged is an error of ours.

    Args:
        table_id: `<domain>_<layer>.<name>`.
        uri: the file that is read, where the caller knows it.

    Raises:
        LostFileError: a file is gone or damaged.
        TransientError: the store does not answer, or this machine cannot read just now.
    """
    from pyarrow import ArrowException
    from pyiceberg.exceptions import ValidationError

    try:
        yield
    except FileNotFoundError as error:
        raise LostFileError(table_id, uri or _named_by(error), "no such file") from error
    except OSError as error:
        if error.errno is not None or _REMOTE_FAULT in str(error):
            kind = error.strerror or type(error).__name__
            raise TransientError(f"table {table_id}: its storage does not answer ({kind}). Try again.") from error
        raise LostFileError(table_id, uri, f"damaged ({type(error).__name__})") from error
    except (ArrowException, UnicodeDecodeError, ValidationError) as error:
        raise LostFileError(table_id, uri, f"damaged ({type(error).__name__})") from error


def lost_metadata(table: Table) -> str | None:
    """Which metadata file of the current snapshot cannot be read; None when all can."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return None
    table_id, uri = ".".join(table.name()), snapshot.manifest_list
    try:
        with reading(table_id, uri):
            manifests = snapshot.manifests(table.io)
        for manifest in manifests:
            uri = manifest.manifest_path
            with reading(table_id, uri):
                manifest.fetch_manifest_entry(table.io)
    except LostFileError:
        return uri
    return None


def text_bounds(table: Table, file: DataFile, column: str) -> tuple[str, str] | None:
    """Least and greatest value of a text column in a data file, as the manifest has them, perhaps cut; None: unsaid."""
    from pyiceberg.conversions import from_bytes
    from pyiceberg.types import StringType

    field_id = table.schema().find_field(column).field_id
    least, greatest = (file.lower_bounds or {}).get(field_id), (file.upper_bounds or {}).get(field_id)
    if least is None or greatest is None:
        return None
    return str(from_bytes(StringType(), least)), str(from_bytes(StringType(), greatest))


def _named_by(error: FileNotFoundError) -> str | None:
    """The path in pyarrow's message: `Failed to open local file '…'. Detail: …`."""
    parts = str(error).split("'")
    return parts[1] if len(parts) > 2 else None
