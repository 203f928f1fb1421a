"""The grounds to walk on."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLSchema

from server.database import Database, connect
from server.settings import Settings, load_settings
from tests.harness.databases import database_of
from tests.support.stage import SECRET
from tests.support.world import World
from tests.tenancy.contract import the_schema
from tests.tenancy.grounds import Grounds, lay_out
from tests.tenancy.store import Store

if TYPE_CHECKING:
    from tests.harness.cluster import Cluster


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The server's schema."""
    return the_schema()


@pytest.fixture
async def store(
    settings: Settings, database_url: str, engine_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Store]:
    """The same database, as somebody whom no policy binds."""
    url = database_url
    if engine_name == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.superuser_dsn(database=database_of(database_url))
    database: Database = connect(load_settings(None, environment="test", database_url=url, secret_key=SECRET))
    yield Store(database)
    await database.close()


@pytest.fixture
async def grounds(world: World, store: Store) -> Grounds:
    """Two tenants with one of everything."""
    return await lay_out(world, store)
