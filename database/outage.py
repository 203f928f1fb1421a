"""Outages: the errors that mean that the database cannot be reached at present, so that a later attempt may succeed."""

import sqlite3

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_END_OF_SESSION_SQLSTATES = {"57P01", "57P02", "57P03"}
"""The server is shutting down, has crashed, or is starting up."""
_OUTAGE_SQLSTATES = {"53300", *_END_OF_SESSION_SQLSTATES}
"""Also: too many connections."""
_CONNECTION_EXCEPTION = "08"
"""The class of the SQLSTATEs of lost connections."""
_READ_ONLY_SQLSTATE = "25006"
_LOCKED_RESULT_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
"""Another process has held the lock of an SQLite file for longer than the busy timeout."""


class DatabaseUnavailable(Exception):
    """No connection to the database could be opened, so nothing was executed."""


class CommitResultUnknown(Exception):
    """The connection was lost after COMMIT was sent and before its answer: the transaction may be committed or not."""


def is_outage(error: BaseException) -> bool:
    """Return whether an error of a transaction or of the pool means that the database cannot be reached."""
    if isinstance(error, DBAPIError):
        is_locked = _sqlite_result_code(error) in _LOCKED_RESULT_CODES
        return error.connection_invalidated or is_locked or _is_outage_sqlstate(error.orig)
    return isinstance(error, DatabaseUnavailable | CommitResultUnknown | PoolTimeout | ConnectionError | TimeoutError)


def is_read_only(error: BaseException) -> bool:
    """Return whether an error of a transaction means that the database accepts no writes."""
    if not isinstance(error, DBAPIError):
        return False
    is_read_only_file = _sqlite_result_code(error) == sqlite3.SQLITE_READONLY
    return is_read_only_file or (error.orig is not None and is_read_only_error(error.orig))


def is_end_of_session(error: BaseException) -> bool:
    """Return whether an error of the driver means that the server has ended the session, or is about to."""
    return getattr(error, "sqlstate", None) in _END_OF_SESSION_SQLSTATES


def is_read_only_error(error: BaseException) -> bool:
    """Return whether an error of the driver means that the server, or the transaction, accepts no writes."""
    return getattr(error, "sqlstate", None) == _READ_ONLY_SQLSTATE


def is_connect_outage(error: BaseException) -> bool:
    """Return whether an error of the attempt to connect is an outage. A rejected password, for example, is none."""
    no_primary = asyncpg.TargetServerAttributeNotMatched
    if isinstance(error, no_primary) or isinstance(error.__cause__, no_primary):
        return True
    return isinstance(error, OSError) or _is_outage_sqlstate(error) or is_outage(error)


def describe_outage(error: BaseException) -> str:
    """Describe the innermost cause in one line, without SQL."""
    while (cause := error.__cause__) is not None and cause is not error:  # aiosqlite raises an error from itself
        error = cause
    return " ".join(f"{type(error).__name__}: {error}".split())


def _is_outage_sqlstate(error: BaseException | None) -> bool:
    sqlstate = getattr(error, "sqlstate", None) or ""
    return sqlstate in _OUTAGE_SQLSTATES or sqlstate.startswith(_CONNECTION_EXCEPTION)


def _sqlite_result_code(error: DBAPIError) -> int:
    """Return SQLite's result code without the details of an extended code; 0 for other databases."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
