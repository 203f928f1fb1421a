"""Fixtures of the tenant isolation tests: the schema, direct access to rows, and two tenants."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLSchema

from server.config.settings import Settings, load_settings
from server.database_factory import build_database
from tests.harness.databases import database_name
from tests.support.app_fixture import AppFixture
from tests.support.graphql_schema import graphql_schema
from tests.support.settings import SECRET_KEY
from tests.tenancy.tenancy_fixtures import TenantPair, create_tenant_pair
from tests.tenancy.tenant_rows import TenantRows

if TYPE_CHECKING:
    from tests.harness.cluster import Cluster


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The server's schema."""
    return graphql_schema()


@pytest.fixture
async def tenant_rows(
    settings: Settings, database_url: str, engine_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[TenantRows]:
    """The rows of the test database, read and written as a superuser, who bypasses row-level security."""
    url = database_url
    if engine_name == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.superuser_dsn(database=database_name(database_url))
    superuser_settings = load_settings(None, environment="test", database_url=url, secret_key=SECRET_KEY)
    database = build_database(superuser_settings)
    yield TenantRows(database)
    await database.close()


@pytest.fixture
async def tenants(app_fixture: AppFixture, tenant_rows: TenantRows) -> TenantPair:
    """Two tenants with rows in every tenant table."""
    return await create_tenant_pair(app_fixture, tenant_rows)
