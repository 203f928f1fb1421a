"""Both executors return the same responses: the same data in the same order, and the same errors."""

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
from hypothesis import strategies as st
from sqlalchemy import update

from database.authentication import Credentials
from database.engine import Database
from models import User
from models.relations import table_of
from server.app import create_app
from server.config.settings import Settings
from server.seed.demo import seed_demo
from server.seed.demo_users import DEMO_USERS, PASSWORD
from tests.support.app_fixture import FAST_PASSWORDS
from tests.support.app_shutdown import shut_down
from tests.support.client import Client, GraphQLResponse
from tests.support.db_snapshot import DatabaseSnapshot, SnapshotObjects
from tests.support.executor_comparison import SCHEMA, ExecutorComparison
from tests.support.existing_values import load_existing_values
from tests.support.generated_values import IDS, ORDER_NUMBERS, TIMES, TOKENS
from tests.support.hypothesis_settings import MAX_EXAMPLES, deterministic_settings
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.query_strategy import GeneratedQuery, queries
from tests.support.sample_data import SampleData
from tests.support.settings import change_settings
from tests.support.sign_in_documents import NULL_FOR_USERS

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }"

MUTATIONS = [name for name, operation in OPERATIONS.items() if operation.document.lstrip().startswith("mutation")]
QUERIES = sorted(OPERATIONS.keys() - set(MUTATIONS), key=lambda name: (OPERATIONS[name].superuser_only, name))
"""They share one database. Those of superusers are last, because they make a user a superuser."""
CURSOR = re.compile(r"\bWyJ[\w-]+")
MIN_OF_EACH_OUTCOME = 5
"""How many of the few random queries succeed, and how many fail, at least."""


@pytest.fixture
async def credentials_list(database: Database, http: httpx.AsyncClient) -> list[Credentials]:
    """Credentials of the demo data: every role, an outsider and an anonymous client. The owner occurs most often."""
    await seed_demo(database, FAST_PASSWORDS)
    users = {email: await _user_id(http, email) for email in DEMO_USERS}
    owner, outsider = users["owner@demo.test"], users["owner@other.test"]
    user = table_of(User)
    async with database.write_engine.begin() as connection:  # superusers read every field
        await connection.execute(update(user).where(user.c.id == owner).values(is_superuser=True))
    members = [
        Credentials(users[email], person.tenant) for email, person in DEMO_USERS.items() if person.tenant == "demo"
    ]
    return [
        *[Credentials(owner, "demo")] * 4,
        *members,
        Credentials(owner),
        Credentials(outsider, "demo"),
        Credentials(),
    ]


@pytest.fixture
def executor_comparison(app: FastAPI, caplog: pytest.LogCaptureFixture) -> Iterator[ExecutorComparison]:
    """Compares the responses of both executors on the demo data."""
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        yield ExecutorComparison(app.state.services, caplog)


async def _user_id(http: httpx.AsyncClient, email: str) -> UUID:
    response = await Client(http)(LOGIN, input={"email": email, "password": PASSWORD})
    return UUID(response.data["login"]["user"]["id"].removeprefix("user_"))


async def compare_random_queries(
    executor_comparison: ExecutorComparison, credentials_list: list[Credentials], max_examples: int
) -> None:
    """Compare the executors on random queries, the same ones in every run. hypothesis runs in its own thread."""
    loop = asyncio.get_running_loop()
    existing_values = await load_existing_values(SCHEMA, executor_comparison.query_function(credentials_list[0]))

    @deterministic_settings(max_examples, HealthCheck.data_too_large)
    @given(queries(SCHEMA, existing_values), st.sampled_from(credentials_list))
    def check(query: GeneratedQuery, credentials: Credentials) -> None:
        asyncio.run_coroutine_threadsafe(executor_comparison.compare(query, credentials), loop).result()

    await asyncio.to_thread(check)


@pytest.mark.only("postgresql")
async def test_executors_agree_on_random_queries(
    executor_comparison: ExecutorComparison, credentials_list: list[Credentials]
) -> None:
    await compare_random_queries(executor_comparison, credentials_list, 20)
    # hypothesis draws constants of all loaded modules, so the shares depend on the source of the project.
    assert min(executor_comparison.outcome_counts[outcome] for outcome in ("data", "errors")) > MIN_OF_EACH_OUTCOME


@pytest.mark.slow
async def test_executors_agree_on_many_random_queries(
    executor_comparison: ExecutorComparison, credentials_list: list[Credentials]
) -> None:
    await compare_random_queries(executor_comparison, credentials_list, MAX_EXAMPLES)


@pytest.fixture
async def other_snapshot(
    settings: Settings, other_database_url: str, db_snapshot: DatabaseSnapshot
) -> AsyncIterator[SnapshotObjects]:
    """The same sample data in another database, served by the other executor."""
    name = "compiled" if settings.executor == "graphql-core" else "graphql-core"
    app = create_app(change_settings(settings, executor=name, database_url=other_database_url))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as client:
        yield db_snapshot.load(app.state.database, client)
    await shut_down(app)


@pytest.mark.slow
@pytest.mark.parametrize("names", [*([name] for name in MUTATIONS), QUERIES], ids=[*MUTATIONS, "queries"])
async def test_executors_agree_on_every_operation(
    names: list[str], sample_data: SampleData, other_snapshot: SnapshotObjects
) -> None:
    assert other_snapshot.sample_data is not None
    for name in names:
        first, second = [await _send(name, rows) for rows in (sample_data, other_snapshot.sample_data)]
        assert (first.data[name] is None) == (name in NULL_FOR_USERS), name
        assert _normalize(first) == _normalize(second), name


async def _send(name: str, sample_data: SampleData) -> GraphQLResponse:
    role = OPERATIONS[name].role
    if OPERATIONS[name].superuser_only:
        await make_superuser(sample_data.tenant.app_fixture, sample_data.tenant.users[role])
    return await send_operation(sample_data.tenant.client(role), name, sample_data)


def _normalize(response: GraphQLResponse) -> str:
    """Return the response with ids replaced by their order of appearance, and without cursors, times and tokens."""
    text = json.dumps(response.body)
    for number, id in enumerate(dict.fromkeys(IDS.findall(text))):
        text = text.replace(id, f"{id.rpartition('_')[0]} {number}")
    for pattern in (TIMES, TOKENS, CURSOR, ORDER_NUMBERS):
        text = pattern.sub("<replaced>", text)
    return text
