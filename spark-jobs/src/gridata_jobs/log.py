"""Structured logs on standard error: one JSON object a line, ids as fields, never rows."""

from __future__ import annotations

import json
import logging
import os
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLine(logging.Formatter):
    """A log record as JSON; what was passed as `extra` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        line = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name}
        return json.dumps({**line, "message": record.getMessage(), **fields}, default=str)


def log_to_stderr() -> None:
    """Send logs from GRIDATA_LOG_LEVEL (default INFO for ours, WARNING for libraries) to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("gridata_jobs", "gridata_control"):
        logging.getLogger(name).setLevel(os.environ.get("GRIDATA_LOG_LEVEL", "INFO"))
