"""A replay with an Idempotency-Key is not an attempt: it consumes no rate limit and confirms no password."""

from typing import Any

import pytest
from sqlalchemy import select

from models import Throttle
from models.membership import Role
from models.relations import table_of
from services.people import rate_limit
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.idempotency import is_replay, with_key
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData


async def throttle_rows(app_fixture: AppFixture) -> list[Any]:
    throttle = table_of(Throttle)
    return [tuple(row) for row in await app_fixture.fetch_rows(select(throttle).order_by(throttle.c.key))]


@pytest.mark.parametrize(
    "name",
    [
        "acceptInvitation",
        "changePassword",
        "createTenant",
        "inviteMember",
        "requestEmailVerification",
        "requestPasswordReset",
    ],
)
async def test_replay_consumes_no_rate_limit(name: str, sample_data: SampleData, app_fixture: AppFixture) -> None:
    operation = OPERATIONS[name]
    client = with_key(sample_data.tenant.client(operation.role))
    variables = operation.build_variables(sample_data)
    first = await client(operation.document, **variables)
    assert first.payload(name)
    attempts = await throttle_rows(app_fixture)
    second = await client(operation.document, **variables)
    assert (second.body, is_replay(second)) == (first.body, True)
    assert await throttle_rows(app_fixture) == attempts


async def test_create_tenant_is_replayed_beyond_its_limit(app_fixture: AppFixture) -> None:
    client = with_key(app_fixture.client(app_fixture.tenant.users[Role.MEMBER]))
    responses = [
        await client(documents.CREATE_TENANT, input={"name": "New", "slug": "new"})
        for _ in range(rate_limit.CREATE_TENANT.burst + 2)
    ]
    assert all(response.payload("createTenant") == responses[0].payload("createTenant") for response in responses)


async def test_rejected_attempts_with_one_key_are_limited(app_fixture: AppFixture) -> None:
    """Otherwise a key would let its user probe which slugs are taken."""
    client = with_key(app_fixture.client(app_fixture.tenant.users[Role.MEMBER]))
    for _ in range(rate_limit.CREATE_TENANT.burst):
        response = await client(documents.CREATE_TENANT, input={"name": "New", "slug": "there"})
        assert response.user_errors("createTenant") == [("TAKEN", ["input", "slug"])]
    response = await client(documents.CREATE_TENANT, input={"name": "New", "slug": "there"})
    assert response.error_codes == ["RATE_LIMITED"]
