"""The two log formats, JSON and plain text.

In both, no logged value can start a new line (log injection), and messages and tracebacks are truncated.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from server.telemetry.log_context import current_log_context
from server.telemetry.truncation import MAX_MESSAGE_LENGTH, truncate, truncate_traceback

_ANSI_COLORS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 91}
# The attributes of every record; all others were passed as `extra`. `color_message` is uvicorn's and of no use here.
_STANDARD_ATTRIBUTES = logging.makeLogRecord({}).__dict__.keys() | {
    "message", "asctime", "taskName", "color_message"
}  # fmt: skip


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object per line. Values passed as `extra` become fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _format_message(record),
            **_request_fields(),
        }
        if traceback := _format_traceback(self, record):
            fields["exception"] = traceback
        for name, value in record.__dict__.items():
            if name not in _STANDARD_ATTRIBUTES:
                fields.setdefault(name, value)
        return json.dumps(fields, default=str)  # ASCII only: neither newlines nor surrogates can break a line


class PlainFormatter(logging.Formatter):
    """Formats a record as time, level, logger, message and request fields, followed by indented lines: the `body` that
    was passed as `extra`, such as the text of an email, and the traceback."""

    def __init__(self, *, colored: bool) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname:<8}"
        if self._colored:
            level = f"\x1b[{_ANSI_COLORS.get(record.levelname, 0)}m{level}\x1b[0m"
        fields = "".join(f" {name}={escape_unprintable(value)}" for name, value in _request_fields().items())
        clock = f"{time.strftime('%H:%M:%S', time.localtime(record.created))}.{int(record.msecs):03}"
        line = f"{clock} {level} {record.name}: {escape_unprintable(_format_message(record))}{fields}"
        body = str(getattr(record, "body", ""))
        indented = [*body.splitlines(), *_format_traceback(self, record).splitlines()]
        return "\n".join([line, *(f"    {escape_unprintable(part)}" for part in indented)])


def escape_unprintable(text: str) -> str:
    """Escape unprintable characters: line breaks, terminal escape codes, bidirectional control characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _request_fields() -> dict[str, str]:
    context = current_log_context()
    if context is None:
        return {}
    fields = {
        "request_id": context.request_id,
        "tenant": context.tenant,
        "user": context.user,
        "operation": context.operation,
        "trace_id": context.trace_id,
    }
    return {name: truncate(str(value)) for name, value in fields.items() if value not in (None, "")}


def _format_message(record: logging.LogRecord) -> str:
    return truncate(record.getMessage(), MAX_MESSAGE_LENGTH)


def _format_traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return truncate_traceback(formatter.formatException(record.exc_info)) if record.exc_info else ""
