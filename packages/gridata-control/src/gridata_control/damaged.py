"""A SQLite file that is damaged, or is none: told by its name, since no retry and no traceback helps its owner."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext

_PRIMARY_CODE = 0xFF  # the lowest byte of SQLite's extended result codes
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file itself is broken."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.DatabaseError) and code is not None and code & _PRIMARY_CODE in _DAMAGED


def damaged(what: str, file: object) -> PermanentError:
    """The error that names the file and the next step."""
    return PermanentError(
        f"{what} {file}: got a file that is damaged or no SQLite database, allowed the {what} as Gridata wrote it. "
        "Stop what uses it, put back a backup of the file (without its -wal and -shm), then run `gridata verify`."
    )


def name_damage(engine: Engine, what: str) -> None:
    """From now on every statement of the engine that meets a damaged file raises the error that names it."""
    from sqlalchemy import event

    def tell(context: ExceptionContext) -> None:
        if is_damage(context.original_exception):
            raise damaged(what, engine.url.database) from context.original_exception

    event.listen(engine, "handle_error", tell)
