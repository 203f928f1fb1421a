"""Both executors give the same answers: the same data in the same order, and the same errors."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as asked
from hypothesis import strategies as st

from queries.caller import Caller
from server.app import create_app
from server.database import Database
from server.seed.demo import MEMBERS, PASSWORD, seed_demo
from server.settings import Settings
from tests.support.budget import OPERATIONS, run
from tests.support.client import Answer, Client
from tests.support.comparison import SCHEMA, Comparison
from tests.support.known import known_to
from tests.support.operations import Operation, operations
from tests.support.scene import make_scene
from tests.support.world import FAST, Plot, World

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }"

ID = re.compile(r"\b[a-z_]+_[0-9a-f]{32}\b")
CURSOR = re.compile(r"\bWyJ[\w-]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@pytest.fixture
async def callers(database: Database, http: httpx.AsyncClient) -> list[Caller]:
    """People of the demo, which has something of everything: of every role, a stranger and nobody; often the owner."""
    await seed_demo(database, FAST)
    users = {email: await _user_id(http, email) for email in MEMBERS}
    owner, stranger = users["owner@demo.test"], users["owner@other.test"]
    members = [Caller(users[email], slug) for email, (slug, *_) in MEMBERS.items() if slug == "demo"]
    return [*[Caller(owner, "demo")] * 4, *members, Caller(owner), Caller(stranger, "demo"), Caller()]


@pytest.fixture
def comparison(database: Database, caplog: pytest.LogCaptureFixture) -> Iterator[Comparison]:
    """Of what both executors answer there."""
    with caplog.at_level(logging.DEBUG, "executor.attempt"):
        yield Comparison(database, caplog)


async def _user_id(http: httpx.AsyncClient, email: str) -> UUID:
    answer = await Client(http)(LOGIN, input={"email": email, "password": PASSWORD})
    return UUID(answer.data["login"]["user"]["id"].removeprefix("user_"))


async def explore(comparison: Comparison, callers: list[Caller], cases: int) -> None:
    """Compare so many random queries, the same ones every time. hypothesis draws them in a thread of its own."""
    loop = asyncio.get_running_loop()
    known = await known_to(SCHEMA, comparison.asking(callers[0]))

    @asked(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(operations(SCHEMA, known), st.sampled_from(callers))
    def check(operation: Operation, caller: Caller) -> None:
        asyncio.run_coroutine_threadsafe(comparison.compare(operation, caller), loop).result()

    await asyncio.to_thread(check)


async def test_random_queries_are_answered_alike(comparison: Comparison, callers: list[Caller]) -> None:
    await explore(comparison, callers, 500)
    assert comparison.seen["data"] > comparison.seen["errors"] > 20


@pytest.mark.slow
async def test_ten_thousand_queries_are_answered_alike(comparison: Comparison, callers: list[Caller]) -> None:
    await explore(comparison, callers, 10_000)


@pytest.fixture
async def other(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to an application on the same database, with the executor that the first one does without."""
    name = "compiled" if settings.executor == "graphql-core" else "graphql-core"
    app = create_app(settings.model_copy(update={"executor": name}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as client:
        yield client
    await app.state.database.close()


@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_operation_is_answered_alike(name: str, world: World, other: httpx.AsyncClient) -> None:
    """In two tenants that hold the same, by one executor each."""
    here, there = [await run(client, name, await make_scene(plot)) for client, plot in _sides(world, other)]
    assert here.data[name] is not None
    assert _impersonal(here) == _impersonal(there)


def _sides(world: World, other: httpx.AsyncClient) -> list[tuple[Client, Plot]]:
    here, there = world.here.client(), world.there.client()
    return [(here, world.here), (Client(other, **there.headers), world.there)]


def _impersonal(answer: Answer) -> str:
    """The answer without what differs between tenants: ids by the order they come in; no cursors, times or slugs."""
    text = json.dumps(answer.body)
    for number, id in enumerate(dict.fromkeys(ID.findall(text))):
        text = text.replace(id, f"{id.rpartition('_')[0]} {number}")
    for kind, shape in (("time", TIME), ("token", TOKEN), ("cursor", CURSOR)):
        text = shape.sub(f"<{kind}>", text)
    return text.replace("there", "here").replace("There", "Here")
