"""The one place where an exception becomes a message on standard error and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from gridata_contracts.errors import GridataError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def exit_code_of(command: Callable[[], object]) -> int:
    """Run a click command that was told not to exit by itself.

    Returns:
        What the command returned when that is a number, else 0; for a failure the code that says what kind it is.
    """
    try:
        result = command()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("stopped.", INTERRUPTED)
    except BrokenPipeError:  # `gridata … | head`: the reader has enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 what is left must go nowhere at exit
        return 0
    except GridataError as error:
        return _say(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 the last resort of the whole program
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    if os.environ.get("GRIDATA_DEBUG") == "1":
        raise error
    return _say(
        f"unexpected {type(error).__name__}: this is a fault of Gridata, not of your data. "
        "Run again with GRIDATA_DEBUG=1 and report the traceback (check it for values you cannot share).",
        GridataError.exit_code,
    )


def _say(message: str, code: int) -> int:
    click.echo(f"gridata: {message}", err=True)
    return code
