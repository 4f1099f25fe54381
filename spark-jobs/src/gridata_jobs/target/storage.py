"""What the tables' storage answers, as our errors: pyarrow reports every fault of a store as an OSError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gridata_contracts.errors import PermanentError, TransientError


@contextmanager
def storage_answers(job: str) -> Iterator[None]:
    """Let a job's block fail with a reason.

    Raises:
        PermanentError: a file of a table is gone, or the job may not read or write it.
        TransientError: any other fault of the store, such as a connection that broke.
    """
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:
        raise PermanentError(
            f"{job}: got {type(error).__name__} from the tables' storage, allowed the files its metadata names. "
            f"Look whether somebody removed files or rights: {error}"
        ) from error
    except OSError as error:
        raise TransientError(f"{job}: got {type(error).__name__} from the tables' storage. Retry: {error}") from error
