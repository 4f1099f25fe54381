"""The `gridata` command. Start-up loads click and nothing else: each command's module is imported when it is called."""

from __future__ import annotations

import sys

from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli

__all__ = ["cli", "main"]


def main() -> None:
    """Console script `gridata`: exit codes 0 done, 1 a check said no, 2 usage, 3 permanent, 4 transient."""
    sys.exit(exit_code_of(lambda: cli.main(prog_name="gridata", standalone_mode=False)))
