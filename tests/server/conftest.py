"""Fixtures of the server's tests."""

import pytest

from models.membership import Role
from tests.server.raw_client import RawClient
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.conditional_client import ConditionalClient, wait_until_final
from tests.support.configured_app import OpenApp, app_opener


@pytest.fixture
def raw_client(app_fixture: AppFixture) -> RawClient:
    """A client that sends raw requests."""
    return RawClient(app_fixture)


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with hooks and settings that are given."""
    return app_opener(database_url)


@pytest.fixture
def tenant(app_fixture: AppFixture) -> TenantFixture:
    """The tenant of the clients."""
    return app_fixture.tenant


@pytest.fixture
async def conditional_client(tenant: TenantFixture) -> ConditionalClient:
    """A member whose cost points are leased, and whose data has a known version."""
    await wait_until_final(tenant)
    return ConditionalClient(await tenant.client(Role.MEMBER).lease_cost_points())
