"""The server waits for its migrations: it does not start on a database that is behind, and says what to do."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command

from server.app import create_app
from server.migrate import DatabaseBehind, configuration
from server.settings import load_settings
from tests.checks.conftest import MakeDatabase
from tests.checks.test_spoilt_databases import run
from tests.support.closing import close
from tests.support.stage import SECRET


def _older(url: str) -> None:
    run(url, "UPDATE alembic_version SET version_num = '0000'")


def _base(url: str) -> None:
    command.downgrade(configuration(url), "base")


@pytest.mark.parametrize("age", [_older, _base])
async def test_the_server_does_not_start_on_a_database_that_is_behind(
    empty_database: MakeDatabase, age: Callable[[str], Any]
) -> None:
    url = empty_database()
    await asyncio.to_thread(command.upgrade, configuration(url), "head")
    await _starts(url)
    await asyncio.to_thread(age, url)
    with pytest.raises(DatabaseBehind, match="allotment migrate"):
        await _starts(url)


async def test_the_server_does_not_start_on_an_empty_database(empty_database: MakeDatabase) -> None:
    with pytest.raises(DatabaseBehind, match="has no tables yet"):
        await _starts(empty_database())


async def _starts(url: str) -> None:
    app = create_app(load_settings(None, environment="test", database_url=url, secret_key=SECRET))
    try:
        async with app.router.lifespan_context(app):
            pass
    finally:
        await close(app)
