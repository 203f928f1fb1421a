"""Logging setup: one handler writes the records of this program, uvicorn and SQLAlchemy to standard error."""

from __future__ import annotations

import logging
import logging.config
import os
import sys
from typing import TYPE_CHECKING, Any

from server.telemetry.log_format import JsonFormatter, PlainFormatter

if TYPE_CHECKING:
    from server.config.settings import Settings

# At DEBUG these log every byte and every statement.
_VERBOSE_LOGGERS = ("aiosqlite", "asyncio", "websockets")
# What uvicorn logs at INFO for every WebSocket, including the query string, which may contain a token.
_WEBSOCKET_MESSAGES = ('%s - "WebSocket', "connection open", "connection closed", "connection rejected")


def configure_logging(settings: Settings) -> None:
    """Configure logging for this process. uvicorn overrides it unless run with `log_config=None, access_log=False`."""
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_websocket_messages": {"()": lambda: _is_no_websocket_message}},
        "formatters": {"line": {"()": lambda: _build_formatter(settings.log_format)}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "null": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": settings.log_level},
        "loggers": _logger_options(settings),
    })  # fmt: skip


def _build_formatter(log_format: str) -> logging.Formatter:
    if log_format == "json":
        return JsonFormatter()
    return PlainFormatter(colored=sys.stderr.isatty() and "NO_COLOR" not in os.environ)


def _logger_options(settings: Settings) -> dict[str, dict[str, Any]]:
    level = logging.getLevelNamesMapping()[settings.log_level]
    return {
        "uvicorn": {"handlers": [], "propagate": True, "level": "NOTSET"},
        "uvicorn.error": {"handlers": [], "propagate": True, "level": "NOTSET", "filters": ["no_websocket_messages"]},
        # Replaced by the access log of server/http/request_id.py.
        "uvicorn.access": {"handlers": [], "propagate": False},
        "sqlalchemy.engine": {"level": "INFO" if settings.echo_sql else "WARNING"},
        # With a handler here, an engine with `echo=True` does not add its own, and no record is written twice.
        "sqlalchemy.engine.Engine": {"handlers": ["null"]},
        # The SDK of the Model Context Protocol, which logs several lines for each request at INFO.
        "mcp": {"level": max(level, logging.WARNING)},
        **{name: {"level": max(level, logging.INFO)} for name in _VERBOSE_LOGGERS},
    }


def _is_no_websocket_message(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_WEBSOCKET_MESSAGES)
