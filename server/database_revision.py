"""The Alembic revision of the database: migrate to the newest one, and check at startup that the database has it."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.config.paths import PROJECT_ROOT


class DatabaseNotMigrated(Exception):
    """The database is not at the revision that this server requires."""


def alembic_config(database_url: str | None = None) -> Any:
    """Return Alembic's configuration, for this database or for the one in the settings."""
    from alembic.config import Config  # not at module level: a server on a migrated database does not need Alembic

    config = Config(str(PROJECT_ROOT / "alembic.ini"))
    config.attributes["database_url"] = database_url
    return config


def upgrade_database(database_url: str) -> None:
    """Run all pending migrations."""
    from alembic import command

    command.upgrade(alembic_config(database_url), "head")


def head_revision() -> str:
    """Return the newest revision in migrations/versions."""
    versions = PROJECT_ROOT / "migrations" / "versions"
    revisions, predecessors = set(), set()
    for file in versions.glob("*.py"):
        assignments: dict[str, Any] = {}
        for line in file.read_text().splitlines():
            if line.startswith(("revision = ", "down_revision = ")):
                name, _, value = line.partition(" = ")
                assignments[name] = value.strip("\"'")
        revisions.add(assignments["revision"])
        predecessors.add(assignments["down_revision"])
    (head,) = revisions - predecessors
    return str(head)


async def current_revision(connection: AsyncConnection) -> str | None:
    """Return the revision of the database; None before the first migration."""
    try:
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        await connection.rollback()
        return None
    return revision


async def check_revision(connection: AsyncConnection) -> None:
    """Raise DatabaseNotMigrated unless the database is at the newest revision."""
    current, head = await current_revision(connection), head_revision()
    if current != head:
        state = "has no tables yet" if current is None else f"is at revision {current}, not {head}"
        raise DatabaseNotMigrated(f"The database {state}. Run `allotment migrate`, then start again.")
