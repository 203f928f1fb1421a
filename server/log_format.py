"""The two shapes of a log line: JSON for machines, plain for people. Neither lets a value start a line of its own."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from server.request_log import current_request

_COLOURS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 91}
# What every record has; whatever else it has came in as `extra`. uvicorn's colour codes are of no use to anyone.
_ORDINARY = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Values given as `extra` are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_request_fields(),
        }
        if trace := _trace(self, record):
            fields["exception"] = trace
        for name, value in record.__dict__.items():
            if name not in _ORDINARY:
                fields.setdefault(name, value)
        return json.dumps(fields, default=str)  # pure ASCII, so that neither newlines nor surrogates can break a line


class PlainFormatter(logging.Formatter):
    """Time, level, logger, message and what is known of the request; a traceback follows, indented."""

    def __init__(self, *, coloured: bool) -> None:
        super().__init__()
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname:<8}"
        if self._coloured:
            level = f"\x1b[{_COLOURS.get(record.levelname, 0)}m{level}\x1b[0m"
        known = "".join(f" {name}={one_line(value)}" for name, value in _request_fields().items())
        clock = f"{time.strftime('%H:%M:%S', time.localtime(record.created))}.{int(record.msecs):03}"
        line = f"{clock} {level} {record.name}: {one_line(record.getMessage())}{known}"
        trace = _trace(self, record).splitlines()
        return "\n".join([line, *(f"    {one_line(part)}" for part in trace)])


def one_line(text: str) -> str:
    """The text with everything that is not printable escaped: line breaks, terminal codes, marks that reorder text."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _request_fields() -> dict[str, str]:
    request = current_request()
    if request is None:
        return {}
    known = {"request_id": request.id, "tenant": request.tenant, "user": request.user, "operation": request.operation}
    return {name: str(value) for name, value in known.items() if value is not None}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""
