"""What every job is told besides its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gridata_contracts.errors import UsageError


@dataclass(frozen=True)
class JobArguments:
    """Arguments of one job run, as the command line gave them.

    Attributes:
        as_of: the instant (UTC) that stands for "now" in everything the job computes.
        run_id: id of the orchestrator's run, stamped on what the job writes; None outside one.
        options: further `--name value` options, by name without dashes.
    """

    as_of: datetime
    run_id: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def read_instant(text: str | None) -> datetime:
    """The instant of `--as-of`, in UTC; now when left out.

    Raises:
        UsageError: no ISO 8601 instant, or one without a zone.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of: got {text!r}, allowed an instant such as 2024-01-31T00:00:00Z.") from error
    if instant.tzinfo is None:
        raise UsageError(f"--as-of: got {text!r} without a zone, allowed an instant such as 2024-01-31T00:00:00Z.")
    return instant.astimezone(UTC)
