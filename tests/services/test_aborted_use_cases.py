"""Use cases of requests that are aborted."""

import asyncio

import pytest

from database.abort import AbortSignal, RequestAborted
from database.authentication import Credentials
from models.membership import Role
from services.core.use_case import run_use_case
from tests.services.use_case_helpers import create_team_use_case, list_team_names
from tests.support.app_fixture import AppFixture, TenantFixture

MAX_STEPS = 30
"""More iterations of the event loop than the use case takes on the faster engine."""
TIMEOUT = 30


async def create_team(tenant: TenantFixture, name: str, signal: AbortSignal) -> None:
    credentials = Credentials(tenant.users[Role.MEMBER].id, tenant.slug)
    await run_use_case(tenant.app_fixture.database, credentials, create_team_use_case(name), signal=signal)


async def test_aborted_use_case_ends_and_commits_only_if_it_returns(app_fixture: AppFixture) -> None:
    committed = []
    for steps in range(MAX_STEPS):
        signal, name = AbortSignal(), f"Diggers {steps:02}"
        running = asyncio.create_task(create_team(app_fixture.tenant, name, signal))
        for _ in range(steps):
            await asyncio.sleep(0)
        signal.abort("The client has disconnected.")
        (error,) = await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), TIMEOUT)
        assert error is None or isinstance(error, RequestAborted)
        committed += [name] if error is None else []
    assert await list_team_names(app_fixture.tenant) == committed


async def test_use_case_of_an_aborted_request_does_not_begin(app_fixture: AppFixture) -> None:
    signal = AbortSignal()
    signal.abort("The client has disconnected.")
    with pytest.raises(RequestAborted):
        await create_team(app_fixture.tenant, "Diggers", signal)
    assert await list_team_names(app_fixture.tenant) == []
