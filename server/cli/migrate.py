"""`allotment migrate`."""

from typing import TYPE_CHECKING

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.engine import Database
    from server.config.settings import Settings


def migrate() -> None:
    """Migrate the database to the newest revision.

    \b
    allotment migrate
    DATABASE_URL=postgresql://… allotment migrate
    """
    from server.config.settings import load_settings

    settings = load_settings()
    revision = load_revision(settings)
    if not migrate_database(settings, revision):
        typer.echo(f"The database is up to date: {revision}.")


def load_revision(settings: "Settings") -> str | None:
    """Return the revision of the database, or None before the first migration."""
    from server.cli.database import run_with_database
    from server.database_revision import current_revision

    async def load(database: "Database") -> str | None:
        async with database.read_engine.connect() as connection:
            return await current_revision(connection)

    return run_with_database(settings, load, allow_any_revision=True)


def migrate_database(settings: "Settings", revision: str | None) -> bool:
    """Migrate from `revision` to the newest one; return False if it is the newest already.

    Raises CommandFailed if Alembic does not know `revision`, which another program or a newer version has written.
    """
    import logging

    from server.database_revision import head_revision, upgrade_database

    newest = head_revision()
    if revision == newest:
        return False
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the line below reports the result
    from alembic.util import CommandError  # imported late: not needed if the database is up to date

    try:
        upgrade_database(settings.database_url.get_secret_value())
    except CommandError as error:
        raise CommandFailed(f"The database is at revision {revision}, and cannot be migrated: {error}") from None
    typer.echo(f"Migrated the database: {revision or 'empty'} → {newest}.")
    return True
