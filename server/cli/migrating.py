"""Bringing the database of the settings up to date."""

import logging

import typer

from server.cli.commands import Failed
from server.cli.database import run
from server.database import Database
from server.migrate import current_revision, head, upgrade
from server.settings import Settings


def revision_of(settings: Settings) -> str | None:
    """The revision the database is at; none before the first migration."""

    async def look(database: Database) -> str | None:
        async with database.reading.connect() as connection:
            return await current_revision(connection)

    return run(settings, look, whatever_revision=True)


def bring_up_to_date(settings: Settings, before: str | None) -> bool:
    """Migrate from this revision to the newest, unless it is that already; whether there was anything to do.

    Failed when Alembic does not know the way: from a revision of another program, or of a newer one.
    """
    newest = head()
    if before == newest:
        return False
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the last line says it
    from alembic.util import CommandError  # imported late: a server that is up to date does without Alembic

    try:
        upgrade(settings.database_url.get_secret_value())
    except CommandError as error:
        raise Failed(f"The database is at revision {before}, and cannot be migrated: {error}") from None
    typer.echo(f"Migrated the database: {before or 'empty'} → {newest}.")
    return True
