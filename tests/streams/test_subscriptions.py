"""The subscriptions of the schema over HTTP: who receives what, and how access ends."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastapi import FastAPI

from models import Task
from models.membership import Role
from services.people import session
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.invalid_tokens import invalid_tokens
from tests.support.stream_client import EVENT_STREAM, MULTIPART, StreamClient, open_response
from tests.support.subscriptions import wait_until_opened

CHANGES = "subscription { changes(types: [TASK]) { cursor object { ... on Task { title } } } }"
ACCOUNTS = "subscription { accountChanged { action } }"


def follow(
    app: FastAPI, headers: dict[str, str], query: str = CHANGES, accept: str = EVENT_STREAM
) -> AbstractAsyncContextManager[StreamClient]:
    return open_response(app, query, headers | {"Accept": accept})


def title(result: dict[str, Any]) -> Any:
    return result["data"]["changes"]["object"]["title"]


async def read_codes(client: StreamClient) -> list[str]:
    """Return the codes of the errors with which the stream ends."""
    errors = (await client.read_event())["errors"]
    assert await client.read_event() == "complete"
    return [error["extensions"]["code"] for error in errors]


async def create_task(tenant: TenantFixture, name: str) -> Task:
    return await tenant.create(Task, title=name)


async def test_changes_are_received_by_each_format(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with follow(app, headers) as events, follow(app, headers, accept=MULTIPART) as parts:
        await wait_until_opened(app, 2)
        for name in ("One", "Two"):
            await create_task(app_fixture.tenant, name)
            assert title(await events.read_event()) == name
            assert title((await parts.read_part())["payload"]) == name


async def test_stream_continues_after_a_cursor(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with follow(app, headers) as client:
        await wait_until_opened(app, 1)
        await create_task(app_fixture.tenant, "One")
        cursor = (await client.read_event())["data"]["changes"]["cursor"]
    await create_task(app_fixture.tenant, "Two")
    async with follow(app, headers, CHANGES.replace("types", f'after: "{cursor}", types')) as client:
        assert title(await client.read_event()) == "Two"


@pytest.mark.any_server
async def test_tenants_are_isolated(app: FastAPI, app_fixture: AppFixture) -> None:
    here, there = app_fixture.tenant, app_fixture.other_tenant
    async with follow(app, here.client().headers) as ours, follow(app, there.client().headers) as theirs:
        await wait_until_opened(app, 2)
        await create_task(there, "Theirs")
        await create_task(here, "Ours")
        await create_task(there, "Theirs too")
        assert title(await ours.read_event()) == "Ours"
        assert [title(await theirs.read_event()) for _ in range(2)] == ["Theirs", "Theirs too"]


async def test_access_is_required(app: FastAPI, app_fixture: AppFixture) -> None:
    member = app_fixture.tenant.client().headers
    user = app_fixture.tenant.users[Role.MEMBER]
    expired = invalid_tokens(user.id, app_fixture.session_ids[user.id])["expired"]
    for headers, query, code in (
        ({}, CHANGES, "UNAUTHENTICATED"),
        ({"X-Tenant": "here"}, CHANGES, "UNAUTHENTICATED"),
        (member | {"Authorization": f"Bearer {expired}"}, CHANGES, "UNAUTHENTICATED"),
        (member | {"X-Tenant": "there"}, CHANGES, "FORBIDDEN"),
        (member, ACCOUNTS, "FORBIDDEN"),
    ):
        async with follow(app, headers, query) as client:
            assert (client.status, await read_codes(client)) == (200, [code])


async def test_ended_session_ends_the_stream(app: FastAPI, app_fixture: AppFixture) -> None:
    async with follow(app, app_fixture.tenant.client().headers) as client:
        await wait_until_opened(app, 1)
        await app_fixture.tenant.run_use_case(session.end_sessions, Role.MEMBER)
        await asyncio.sleep(0.6)  # for so long, the check of its access is valid
        await create_task(app_fixture.tenant, "Secret")
        assert await read_codes(client) == ["UNAUTHENTICATED"]


@pytest.mark.only("sqlite")
async def test_several_root_fields_are_refused(app: FastAPI, app_fixture: AppFixture) -> None:
    query = "subscription { changes { action } taskChanged { action } }"
    async with follow(app, app_fixture.tenant.client().headers, query) as client:
        assert await read_codes(client) == ["BAD_USER_INPUT"]


async def test_closed_streams_release_their_feed(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with follow(app, headers), follow(app, headers, accept=MULTIPART):
        await wait_until_opened(app, 2)
    assert app.state.services.change_feeds.follower_count == 0
