"""The server refuses to start on a database that is not migrated, and says which command to run."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command

from server.app import create_app
from server.config.settings import load_settings
from server.database_revision import DatabaseNotMigrated, alembic_config
from tests.checks.test_schema_differences import execute_sql
from tests.harness.empty_databases import CreateDatabase
from tests.support.app_shutdown import shut_down
from tests.support.settings import SECRET_KEY


def _set_older_revision(url: str) -> None:
    execute_sql(url, "UPDATE alembic_version SET version_num = '0000'")


def _downgrade_to_base(url: str) -> None:
    command.downgrade(alembic_config(url), "base")


@pytest.mark.parametrize("make_outdated", [_set_older_revision, _downgrade_to_base])
async def test_server_refuses_an_outdated_database(
    create_empty_database: CreateDatabase, make_outdated: Callable[[str], Any]
) -> None:
    url = create_empty_database()
    await asyncio.to_thread(command.upgrade, alembic_config(url), "head")
    await _start_server(url)
    await asyncio.to_thread(make_outdated, url)
    with pytest.raises(DatabaseNotMigrated, match="allotment migrate"):
        await _start_server(url)


async def test_server_refuses_an_empty_database(create_empty_database: CreateDatabase) -> None:
    with pytest.raises(DatabaseNotMigrated, match="has no tables yet"):
        await _start_server(create_empty_database())


async def _start_server(url: str) -> None:
    app = create_app(load_settings(None, environment="test", database_url=url, secret_key=SECRET_KEY))
    try:
        async with app.router.lifespan_context(app):
            pass
    finally:
        await shut_down(app)
