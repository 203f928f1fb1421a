"""Many logins from one address do not delay logins from other addresses."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from models import Throttle
from models.relations import table_of
from services.people.passwords import QUEUE_BOUNDS
from services.people.rate_limit import LOGIN_AT_ACCOUNT, LOGIN_FROM_ADDRESS
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse

pytestmark = pytest.mark.slow

ATTACKER, OTHER = "192.0.2.7", "198.51.100.1"
WRONG_PASSWORD = "Wrong-horse-1!"
NUMBER = 60


@pytest.fixture
def settings(settings: Any) -> Any:
    """Settings with hashing that takes most of the time, as in production, and enough places for all logins."""
    return settings.model_copy(update={"bcrypt_rounds": 10, "max_concurrent_requests": 1000})


@asynccontextmanager
async def client_from_address(app: FastAPI, address: str) -> AsyncIterator[Client]:
    """Provide a client with this IP address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        yield Client(http)


@dataclass
class Logins:
    """Sends logins, and records the outcomes in the order in which they arrive."""

    outcomes: list[str] = field(default_factory=list)
    responses: list[GraphQLResponse] = field(default_factory=list)
    has_outcome: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, client: Client, email: str, password: str = WRONG_PASSWORD) -> None:
        response = await client(documents.LOGIN, input={"email": email, "password": password})
        self.responses.append(response)
        self.outcomes.append(self._outcome_of(response))
        self.has_outcome.set()

    def _outcome_of(self, response: GraphQLResponse) -> str:
        if response.error_codes:
            return response.error_codes[0]
        return "success" if not response.user_errors("login") else response.user_errors("login")[0][0]


@pytest.fixture
async def clients(app: FastAPI) -> AsyncIterator[tuple[Client, Client]]:
    """The attacker's client, and one with another address."""
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(client_from_address(app, ATTACKER)),
            await stack.enter_async_context(client_from_address(app, OTHER)),
        )


async def test_login_is_served_before_the_logins_that_another_address_sent_earlier(
    app_fixture: AppFixture, clients: tuple[Client, Client]
) -> None:
    attacker, other = clients
    logins = Logins()
    async with asyncio.TaskGroup() as tasks:
        for number in range(NUMBER):
            tasks.create_task(logins.send(attacker, f"user{number}@example.test"))
        await logins.has_outcome.wait()  # the first login has been hashed or refused; the others are in the queue
        tasks.create_task(logins.send(other, "member@here.test", PASSWORD))
    hashed = [outcome for outcome in logins.outcomes if outcome != "RATE_LIMITED"]
    assert Counter(hashed) == {"BAD_CREDENTIALS": QUEUE_BOUNDS.per_network, "success": 1}
    assert hashed.index("success") < QUEUE_BOUNDS.per_network // 2 + (os.cpu_count() or 1)


async def test_logins_beyond_the_bound_are_refused_and_not_counted(
    app_fixture: AppFixture, clients: tuple[Client, Client]
) -> None:
    logins = Logins()
    async with asyncio.TaskGroup() as tasks:
        for number in range(NUMBER):
            tasks.create_task(logins.send(clients[0], f"user{number}@example.test"))
    refused = NUMBER - QUEUE_BOUNDS.per_network
    assert Counter(logins.outcomes) == {"RATE_LIMITED": refused, "BAD_CREDENTIALS": QUEUE_BOUNDS.per_network}
    errors = [error for response in logins.responses for error in response.body.get("errors", [])]
    assert {error["extensions"]["retryAfter"] for error in errors} == {QUEUE_BOUNDS.retry_after_seconds}
    keys = await app_fixture.fetch_rows(select(table_of(Throttle).c.key))
    counted = Counter(row.key.partition(":")[0] for row in keys if not row.key.startswith("cost-"))
    assert counted == {LOGIN_AT_ACCOUNT.name: QUEUE_BOUNDS.per_network, LOGIN_FROM_ADDRESS.name: 1}
