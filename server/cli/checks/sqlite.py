"""Checks of SQLite: a writable file in WAL mode, with foreign keys enforced."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database
from server.cli.checks.result import CheckResult, failed, ok
from server.cli.errors import describe_error
from server.config.database_url import DatabaseUrl


def check_file(url: DatabaseUrl) -> CheckResult | None:
    """Return a failed check if the database has no file yet, or None. Connecting would create an empty file."""
    if url.dialect == "sqlite" and not Path(url.url.database or "").exists():
        return failed(f"database: there is no file {url.url.database}", "allotment migrate")
    return None


async def check_sqlite(connection: AsyncConnection, database: Database) -> list[CheckResult]:
    """Check the database file of this connection."""
    journal = await connection.scalar(text("PRAGMA journal_mode"))
    foreign_keys = await connection.scalar(text("PRAGMA foreign_keys"))
    await connection.rollback()
    return [
        ok("sqlite: journal mode WAL")
        if journal == "wal"
        else failed(f"sqlite: journal mode {journal}; readers will wait for writers", "put the file on a local disk"),
        ok("sqlite: foreign keys are enforced")
        if foreign_keys
        else failed("sqlite: foreign keys are not enforced", "use a Python build whose SQLite supports them"),
        await _check_writable(database),
    ]


async def _check_writable(database: Database) -> CheckResult:
    try:
        async with database.write_engine.connect() as connection:  # BEGIN IMMEDIATE acquires the write lock
            await connection.execute(text("SELECT 1"))
            await connection.rollback()
    except SQLAlchemyError as error:
        reason = "; ".join(describe_error(error))
        return failed(f"sqlite: not writable. {reason}", "check the permissions of the file and its folder")
    return ok("sqlite: writable")
