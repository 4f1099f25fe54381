"""Commands that `gridata-job` answers, because it has the engines."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gridata_contracts.errors import UsageError
from gridata_control.jobs import JOB_COMMAND, job_command

UNREAD = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
"""Click's settings for a command whose arguments are handed over as they are."""


def hand_over(name: str, arguments: Sequence[str]) -> None:
    """Become `gridata-job NAME …`: its output and exit code are ours.

    Raises:
        UsageError: it cannot be started.
    """
    command = [*job_command(), name, *arguments]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise UsageError(f"{command[0]}: cannot be started ({error.strerror}). Check {JOB_COMMAND}.") from error
