"""Migrations, called from Python: bring a database up to date, and tell whether it is."""

from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.checkout import CHECKOUT


class DatabaseBehind(Exception):
    """The database is not at the revision that this server was written for."""


def configuration(database_url: str | None = None) -> Any:
    """Alembic's configuration, for the database at this URL or else the one of the settings."""
    from alembic.config import Config  # imported late: a server that is up to date does without Alembic

    config = Config(str(CHECKOUT / "alembic.ini"))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str) -> None:
    """Bring the database up to date."""
    from alembic import command

    command.upgrade(configuration(database_url), "head")


def head() -> str:
    """The revision that the checkout's migrations lead to."""
    versions = Path(CHECKOUT / "migrations" / "versions")
    revisions, replaced = set(), set()
    for file in versions.glob("*.py"):
        names: dict[str, Any] = {}
        for line in file.read_text().splitlines():
            if line.startswith(("revision = ", "down_revision = ")):
                name, _, value = line.partition(" = ")
                names[name] = value.strip("\"'")
        revisions.add(names["revision"])
        replaced.add(names["down_revision"])
    (newest,) = revisions - replaced
    return str(newest)


async def check_revision(connection: AsyncConnection) -> None:
    """DatabaseBehind unless the database is at the newest revision."""
    found, wanted = await current_revision(connection), head()
    if found != wanted:
        state = "has no tables yet" if found is None else f"is at revision {found}, not {wanted}"
        raise DatabaseBehind(f"The database {state}. Run `allotment migrate`, then start again.")


async def current_revision(connection: AsyncConnection) -> str | None:
    """The revision a database is at; none before the first migration."""
    try:
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        await connection.rollback()
        return None
    return revision
