"""The context of the current request, which every log line carries."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass
class LogContext:
    """Fields of the current request. Mutable: the endpoint sets tenant, user and operation when it has parsed it.

    Texts of the client are truncated when a line is written (server/telemetry/log_format.py)."""

    request_id: str
    tenant: str | None = field(default=None, init=False)
    user: UUID | None = field(default=None, init=False)
    operation: str | None = field(default=None, init=False)
    trace_id: str | None = field(default=None, init=False)
    """The id of the request's trace, if it has one."""
    statements: int = field(default=0, init=False)
    """The SQL statements of the request, and their time; counted only if monitoring is on (server/monitoring)."""
    statement_seconds: float = field(default=0.0, init=False)


# Set by server/http/request_id.py. Tasks that a request starts inherit the same object.
log_context: ContextVar[LogContext | None] = ContextVar("log_context", default=None)


def current_log_context() -> LogContext | None:
    """Return the context of the current request; None outside a request."""
    return log_context.get()
