"""The application with the demo data, on a database of the test's own."""

import asyncio

import pytest

from server.database_factory import build_database
from server.database_revision import upgrade_database
from server.seed.demo import seed_demo
from tests.harness.databases import Migrate
from tests.support.app_fixture import FAST_PASSWORDS
from tests.support.settings import build_settings


@pytest.fixture
def template() -> tuple[str, Migrate]:
    """The template of the test's database: the demo data."""
    return "template_demo", _build_demo


def _build_demo(url: str) -> None:
    upgrade_database(url)
    asyncio.run(_seed(url))


async def _seed(url: str) -> None:
    database = build_database(build_settings(url))
    await seed_demo(database, FAST_PASSWORDS)
    await database.close()
