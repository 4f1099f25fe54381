"""What went wrong with single batches, collected, so that the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gridata_contracts.errors import GridataError, PermanentError, TransientError, UsageError

SAID_NO = 1
"""Exit code when the work was done and a check said no."""

WORST_FIRST = (PermanentError.exit_code, UsageError.exit_code, TransientError.exit_code, SAID_NO)


@dataclass(frozen=True)
class BatchError:
    """Why one batch could not be worked on."""

    batch_id: str
    error: GridataError


class BatchErrors(list[BatchError]):
    """Errors of a round, in the order they happened."""

    @contextmanager
    def of(self, batch_id: str) -> Iterator[None]:
        """Within this block an error is about this batch alone: it is collected and not raised."""
        try:
            yield
        except GridataError as error:
            self.add(batch_id, error)

    def add(self, batch_id: str, error: GridataError) -> None:
        """Collect an error of one batch."""
        self.append(BatchError(batch_id, error))

    def raise_first(self) -> None:
        """Raise the first error, if there is one."""
        if self:
            raise self[0].error

    def exit_codes(self) -> list[int]:
        """One per error."""
        return [each.error.exit_code for each in self]


def worst(exit_codes: list[int]) -> int:
    """The exit code that stands for all of these.

    4 (try again later) only when nothing else is wrong, as the embedded runner says it: a batch that failed for good is
    not tried again by itself, so behind a 4 nobody would look at it.
    """
    known = [code if code in WORST_FIRST else PermanentError.exit_code for code in exit_codes if code != 0]
    return next((code for code in WORST_FIRST if code in known), 0)
