"""Fixtures of the tests of the GraphQL API."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from models import Task, Team
from models.membership import Role
from tests.support.app_fixture import AppFixture
from tests.support.bad_input_client import BadInputClient
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.memberships import make_superuser
from tests.support.noun_client import NounClient
from tests.support.noun_specs import NOUN_SPECS
from tests.support.sample_data import SampleData, fetch_table
from tests.tenancy.conftest import tenant_rows

__all__ = ["tenant_rows"]


@pytest.fixture
def member_client(app_fixture: AppFixture) -> Client:
    """A client of the tenant's member."""
    return app_fixture.tenant.client()


@pytest.fixture
def admin_client(app_fixture: AppFixture) -> Client:
    """A client of the tenant's admin."""
    return app_fixture.tenant.client(Role.ADMIN)


@pytest.fixture
def owner_client(app_fixture: AppFixture) -> Client:
    """A client of the tenant's owner."""
    return app_fixture.tenant.client(Role.OWNER)


@pytest.fixture(params=NOUN_SPECS, ids=str)
def noun(request: pytest.FixtureRequest, sample_data: SampleData) -> NounClient:
    """A client for the operations of each noun."""
    return NounClient(request.param, sample_data)


@pytest.fixture
async def bad_input_client(app_fixture: AppFixture) -> AsyncIterator[BadInputClient]:
    """A client of the tenant's member for invalid requests. Asserts at the end that nothing was written."""
    yield BadInputClient(app_fixture.tenant.client())
    assert (await fetch_table(app_fixture.tenant, Task), await fetch_table(app_fixture.tenant, Team)) == ([], [])


@pytest.fixture
def email_capture(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    """Captures the emails that the application sends."""
    return EmailCapture(app, caplog)


@pytest.fixture
async def superuser_client(app_fixture: AppFixture) -> Client:
    """A client of a superuser without memberships."""
    user = await app_fixture.create_user("root@server.test")
    await make_superuser(app_fixture, user)
    return app_fixture.client(user)
