"""What SQLite needs: a file that can be written, with a log beside it, and foreign keys."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.cli.checks.finding import Finding, broken, fine
from server.cli.failures import explained
from server.database import Database
from server.database_url import DatabaseUrl


def missing_file(url: DatabaseUrl) -> Finding | None:
    """What to do when there is no file to look into; connecting would make an empty one."""
    if url.in_memory:
        return broken("database: in memory, which ends with each command", "name a file in DATABASE_URL")
    if url.dialect == "sqlite" and not Path(url.url.database or "").exists():
        return broken(f"database: there is no file {url.url.database}", "allotment migrate")
    return None


async def check_sqlite(connection: AsyncConnection, database: Database) -> list[Finding]:
    """Findings about the file behind this connection."""
    journal = await connection.scalar(text("PRAGMA journal_mode"))
    foreign_keys = await connection.scalar(text("PRAGMA foreign_keys"))
    await connection.rollback()
    return [
        fine("sqlite: write-ahead log")
        if journal == "wal"
        else broken(f"sqlite: journal mode {journal}; readers would wait for writers", "put the file on a local disk"),
        fine("sqlite: foreign keys hold")
        if foreign_keys
        else broken("sqlite: foreign keys are not upheld", "use a Python whose SQLite is built with them"),
        await _check_writing(database),
    ]


async def _check_writing(database: Database) -> Finding:
    try:
        async with database.writing.connect() as connection:  # begins IMMEDIATE, which takes the right to write
            await connection.execute(text("SELECT 1"))
            await connection.rollback()
    except SQLAlchemyError as error:
        why = "; ".join(explained(error))
        return broken(f"sqlite: cannot be written. {why}", "see who owns the file and its folder")
    return fine("sqlite: can be written")
