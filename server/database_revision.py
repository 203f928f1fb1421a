"""The Alembic revision of the database: migrate it, and check that this version of the server is compatible with it."""

import os
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.config.paths import PROJECT_ROOT
from server.migration_history import VERSION_FOLDERS, IncompatibleDatabase, load_history


class DatabaseNotMigrated(Exception):
    """The database does not have what this version of the server needs, or is not compatible with it."""


def alembic_config(database_url: str | None = None) -> Any:
    """Return Alembic's configuration, for this database or for the one in the settings."""
    from alembic.config import Config  # not at module level: a server on a migrated database does not need Alembic

    config = Config(str(PROJECT_ROOT / "alembic.ini"))
    config.attributes["database_url"] = database_url
    if len(VERSION_FOLDERS) > 1:  # in tests
        config.set_main_option("version_locations", os.pathsep.join(map(str, VERSION_FOLDERS)))
    return config


def upgrade_database(database_url: str, revision: str = "head", **attributes: Any) -> None:
    """Run the pending migrations up to this one. migrations/env.py describes the attributes."""
    from alembic import command

    config = alembic_config(database_url)
    config.attributes.update(attributes)
    command.upgrade(config, revision)


def head_revision() -> str:
    """Return the newest revision in migrations/versions."""
    return load_history().newest


async def current_revision(connection: AsyncConnection) -> str | None:
    """Return the revision of the database; None before the first migration."""
    try:
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        await connection.rollback()
        return None
    return revision


async def load_applied_phases(connection: AsyncConnection) -> dict[str, str]:
    """Return the phases of the applied migrations by revision; none if they are not recorded."""
    try:
        rows = await connection.execute(text("SELECT revision, phase FROM applied_migration"))
    except DBAPIError:
        await connection.rollback()
        return {}
    return {revision: phase for revision, phase in rows}  # noqa: C416 -- rows are not tuples for mypy


async def check_revision(connection: AsyncConnection) -> None:
    """Raise DatabaseNotMigrated unless this version of the server is compatible with the database."""
    history, revision = load_history(), await current_revision(connection)
    try:
        if history.knows(revision):
            history.check_known(revision)
        else:
            history.check_unknown(str(revision), await load_applied_phases(connection))
    except IncompatibleDatabase as error:
        raise DatabaseNotMigrated(f"The database {error}") from None
