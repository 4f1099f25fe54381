"""Rows of `backups`: one per part of a whole backup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from gridata_control.ledger.tables import backups
from gridata_control.ledger.upsert import insert_or_ignore


def record(connection: Connection, set_id: str, parts: Sequence[str], taken_utc: datetime, ended_utc: datetime) -> None:
    """The parts of a set are kept."""
    instants = {"taken_at_utc": taken_utc, "ended_at_utc": ended_utc}
    insert_or_ignore(connection, backups, [{"set_id": set_id, "what": part, **instants} for part in parts])


def last(connection: Connection) -> dict[str, datetime]:
    """When the newest backup of each part ended: one that takes hours is no older for it."""
    query = select(backups.c.what, func.max(backups.c.ended_at_utc)).group_by(backups.c.what)
    return {row[0]: row[1] for row in connection.execute(query)}
