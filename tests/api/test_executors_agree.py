"""Both executors give the same answers: the same data in the same order, and the same errors."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as asked
from hypothesis import strategies as st
from sqlalchemy import update

from models import User
from models.relations import table_of
from queries.caller import Caller
from server.app import create_app
from server.database import Database
from server.seed.demo import MEMBERS, PASSWORD, seed_demo
from server.settings import Settings, load_settings
from tests.support.budget import OPERATIONS, run
from tests.support.cases import CASES
from tests.support.client import Answer, Client
from tests.support.closing import close
from tests.support.comparison import SCHEMA, Comparison
from tests.support.known import known_to
from tests.support.members import promote
from tests.support.operations import Operation, operations
from tests.support.scene import Scene
from tests.support.stage import Stage, Staged
from tests.support.world import FAST

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }"

ID = re.compile(r"\b[a-z_]+_[0-9a-f]{32}\b")
CURSOR = re.compile(r"\bWyJ[\w-]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|\b(refresh|allot)_[\w-]{6,43}")
NUMBER = re.compile(r"\b\d{6}-[0-9A-Z]{8}\b")


@pytest.fixture
async def callers(database: Database, http: httpx.AsyncClient) -> list[Caller]:
    """People of the demo, which has something of everything: of every role, a stranger and nobody; often the owner."""
    await seed_demo(database, FAST)
    users = {email: await _user_id(http, email) for email in MEMBERS}
    owner, stranger = users["owner@demo.test"], users["owner@other.test"]
    user = table_of(User)
    async with database.writing.begin() as connection:  # so that they see all that there is
        await connection.execute(update(user).where(user.c.id == owner).values(is_superuser=True))
    members = [Caller(users[email], slug) for email, (slug, *_) in MEMBERS.items() if slug == "demo"]
    return [*[Caller(owner, "demo")] * 4, *members, Caller(owner), Caller(stranger, "demo"), Caller()]


@pytest.fixture
def comparison(app: FastAPI, caplog: pytest.LogCaptureFixture) -> Iterator[Comparison]:
    """Of what both executors answer there."""
    with caplog.at_level(logging.DEBUG, "executor.attempt"):
        yield Comparison(app.state.tools, caplog)


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
    await explore(comparison, callers, 100)
    assert comparison.seen["data"] > comparison.seen["errors"] > 10


@pytest.mark.slow
async def test_many_queries_are_answered_alike(comparison: Comparison, callers: list[Caller]) -> None:
    await explore(comparison, callers, CASES)


@pytest.fixture
async def other(settings: Settings, another_url: str, stage: Stage) -> AsyncIterator[Staged]:
    """The same scene in another database, behind the executor that the first one does without."""
    name = "compiled" if settings.executor == "graphql-core" else "graphql-core"
    app = create_app(load_settings(None, **settings.model_dump() | {"executor": name, "database_url": another_url}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as client:
        yield stage.enter(app.state.database, client)
    await close(app)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_operation_is_answered_alike(name: str, scene: Scene, other: Staged) -> None:
    assert other.scene is not None
    first, second = [await _answer(name, each) for each in (scene, other.scene)]
    assert first.data[name] is not None
    assert _impersonal(first) == _impersonal(second)


async def _answer(name: str, scene: Scene) -> Answer:
    role = OPERATIONS[name].role
    if OPERATIONS[name].superuser:
        await promote(scene.plot.world, scene.plot.users[role])
    return await run(scene.plot.client(role), name, scene)


def _impersonal(answer: Answer) -> str:
    """The answer without what is new each time: ids by the order they come in; no cursors, times, tokens or numbers."""
    text = json.dumps(answer.body)
    for number, id in enumerate(dict.fromkeys(ID.findall(text))):
        text = text.replace(id, f"{id.rpartition('_')[0]} {number}")
    for kind, shape in (("time", TIME), ("token", TOKEN), ("cursor", CURSOR), ("number", NUMBER)):
        text = shape.sub(f"<{kind}>", text)
    return text
