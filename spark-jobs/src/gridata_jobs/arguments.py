"""What every job is told besides its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
