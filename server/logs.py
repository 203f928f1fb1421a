"""Where log lines go: all through one handler to standard error, uvicorn's and SQLAlchemy's with our own."""

from __future__ import annotations

import logging
import logging.config
import os
import sys
from typing import TYPE_CHECKING, Any

from server.log_format import JsonFormatter, PlainFormatter

if TYPE_CHECKING:
    from server.settings import Settings

# At DEBUG these tell of every byte and every statement, and drown what is looked for.
_TALKATIVE = ("aiosqlite", "asyncio", "websockets")
# What uvicorn says, as INFO, of every WebSocket; with the query string, in which people put tokens.
_SOCKET_LINES = ('%s - "WebSocket', "connection open", "connection closed", "connection rejected")


def configure_logging(settings: Settings) -> None:
    """Set up this process's logging. uvicorn undoes it unless started with `log_config=None, access_log=False`."""
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_socket_lines": {"()": lambda: _no_socket_line}},
        "formatters": {"line": {"()": lambda: _formatter(settings.log_format)}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "nothing": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": settings.log_level},
        "loggers": _loggers(settings),
    })  # fmt: skip


def _formatter(log_format: str) -> logging.Formatter:
    if log_format == "json":
        return JsonFormatter()
    return PlainFormatter(coloured=sys.stderr.isatty() and "NO_COLOR" not in os.environ)


def _loggers(settings: Settings) -> dict[str, dict[str, Any]]:
    level = logging.getLevelNamesMapping()[settings.log_level]
    return {
        "uvicorn": {"handlers": [], "propagate": True, "level": "NOTSET"},
        "uvicorn.error": {"handlers": [], "propagate": True, "level": "NOTSET", "filters": ["no_socket_lines"]},
        "uvicorn.access": {"handlers": [], "propagate": False},  # server/request_id.py writes our own
        "queries.pool": {"level": "WARNING"},  # SQLAlchemy's pool calls itself by its class
        "sqlalchemy.engine": {"level": "INFO" if settings.echo_sql else "WARNING"},
        # Seeing any handler here, an engine made with `echo=True` brings none of its own, and no line comes twice.
        "sqlalchemy.engine.Engine": {"handlers": ["nothing"]},
        **{name: {"level": max(level, logging.INFO)} for name in _TALKATIVE},
    }


def _no_socket_line(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_SOCKET_LINES)
