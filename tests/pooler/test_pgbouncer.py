"""Requests through PgBouncer in transaction mode, whose server sessions are shared by all clients."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import text

from database.abort import AbortSignal, RequestAborted, StatementTimeout
from database.engine import Database
from database.postgresql import PostgresDatabase
from database.reader import Reader
from models import Task, Team
from models.membership import Role
from server.database_factory import build_database
from tests.api.search_helpers import create_article, find
from tests.changes.follower import Follower, start, summarize
from tests.database.pool_helpers import member_credentials
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.pgbouncer import PgBouncer
from tests.pooler.conftest import SERVER_CONNECTIONS
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.bulk_documents import bulk_create
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

pytestmark = [pytest.mark.slow, pytest.mark.only("postgresql")]

NESTED = """
{ projects(first: 5) { totalCount nodes { name tasks(first: 5) { nodes { title assignee { name } } } } } }
"""
CREATE_TEAMS = """
mutation ($a: String!, $b: String!) %s {
  a: createTeam(input: {name: $a}) { team { id name } userErrors { code } }
  b: createTeam(input: {name: $b}) { team { id name } userErrors { code } }
}
"""
SESSION_STATE = text("""
    SELECT coalesce(current_setting('app.tenant_id', true), '') AS tenant, (SELECT count(*) FROM task) AS tasks,
        (SELECT count(*) FROM pg_prepared_statements) AS statements
""")
SLEEP = text("SELECT pg_sleep(60)::text")
SLEEPING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'SELECT pg_sleep%' AND state = 'active'"
)
CLIENTS_PER_TENANT, REQUESTS = 10, 5
TIMEOUT_SECONDS = 60


async def test_reads_and_writes_of_a_member(app_fixture: AppFixture, http: object) -> None:
    login = await app_fixture.client()(documents.LOGIN, input={"email": "member@here.test", "password": PASSWORD})
    token = login.payload("login")["accessToken"]
    client = Client(app_fixture.http, **{"X-Tenant": "here"}).with_token(token)
    project = (await client(documents.create("Project"), input={"name": "Shed"})).payload("createProject")["project"]
    inputs = [{"title": f"Task {number}", "projectId": project["id"]} for number in range(20)]
    assert (await client(bulk_create("Task"), inputs=inputs)).payload("bulkCreateTasks")["succeeded"] == 20
    (node,) = (await client(NESTED)).data["projects"]["nodes"]
    assert [task["title"] for task in node["tasks"]["nodes"]] == [f"Task {number}" for number in (19, 18, 17, 16, 15)]
    for directive in ("@dryRun", "@atomic @dryRun", "@atomic"):
        created = await client(CREATE_TEAMS % directive, a="A", b="B")
        assert [created.payload(name)["team"]["name"] for name in "ab"] == ["A", "B"]
    assert sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Team)) == ["A", "B"]
    taken = await client(CREATE_TEAMS % "@atomic", a="C", b="A")
    assert taken.body["data"]["a"] is None
    responses = [await with_key(client)(documents.create("Team"), input={"name": "Once"}) for _ in range(2)]
    assert [is_replay(response) for response in responses] == [False, True]


async def test_search_and_change_feed(app_fixture: AppFixture) -> None:
    follower = Follower(app_fixture.tenant.client(Role.ADMIN))
    await start(follower)
    article = await create_article(app_fixture.tenant, "Rain barrels")
    assert await find(app_fixture.tenant.client(), "barrel") == ["Rain barrels"]
    (change, *_) = summarize(await follower.follow_until(2))
    assert change == ("ARTICLE", f"article_{article.id.hex}", "CREATED")


async def test_tenants_that_share_server_sessions_see_only_their_rows(
    app_fixture: AppFixture, database: Database, bouncer: PgBouncer
) -> None:
    for tenant in app_fixture.tenants.values():
        await tenant.create(Task, title=f"Of {tenant.slug}")

    async def use(slug: str) -> set[str]:
        client, titles = app_fixture.tenants[slug].client(), set()
        for number in range(REQUESTS):
            created = await client(documents.create("Task"), input={"title": f"Of {slug}"})
            assert created.payload("createTask")["task"]["title"] == f"Of {slug}", number
            tasks = (await client("{ tasks(first: 100) { nodes { title } } }")).data["tasks"]["nodes"]
            titles |= {task["title"] for task in tasks}
        return titles

    slugs = list(app_fixture.tenants) * CLIENTS_PER_TENANT
    async with asyncio.timeout(TIMEOUT_SECONDS):
        titles = await asyncio.gather(*(use(slug) for slug in slugs))
    assert titles == [{f"Of {slug}"} for slug in slugs]
    async with asyncio.TaskGroup() as group:
        states = [group.create_task(read_session_state(database)) for _ in range(2 * SERVER_CONNECTIONS)]
    assert {state.result() for state in states} == {("", 0, 0)}


async def read_session_state(database: Database) -> tuple[str, int, int]:
    """Return the tenant of a server session outside of requests, the number of tasks that it sees, and that of its
    prepared statements."""
    async with database.read_engine.connect() as connection:
        row = (await connection.execute(SESSION_STATE)).one()
        await connection.execute(text("SELECT pg_sleep(0.01)"))  # so that all server sessions are used
        return row.tenant, row.tasks, row.statements


async def test_read_transactions_are_ended_at_once(app_fixture: AppFixture, database: Database) -> None:
    assert isinstance(database, PostgresDatabase)
    await app_fixture.tenant.client()("{ tasks { totalCount } }")
    assert database.pool.status().parked == 0
    assert database.pool.status().idle > 0


async def test_aborted_and_slow_statements_are_cancelled_on_the_server(
    app_fixture: AppFixture, pooler_url: str, cluster: Cluster, database_url: str
) -> None:
    database = build_database(build_settings(f"{pooler_url}?pgbouncer=true", db_statement_timeout=1.5))
    credentials, signal = member_credentials(app_fixture), AbortSignal()
    reader = Reader(database, credentials, signal)
    await reader.principal()
    with signal.stopping(reader.stop):
        reading = asyncio.create_task(reader.rows(SLEEP))
        await asyncio.sleep(0.05)
        signal.abort("The client disconnected.")
    with pytest.raises(RequestAborted):
        await reading
    await reader.close()
    reader = Reader(database, credentials)
    with pytest.raises(StatementTimeout):
        await reader.rows(SLEEP)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while cluster.fetch_value(SLEEPING, database_name(database_url)):  # noqa: ASYNC110 -- nothing signals it
            await asyncio.sleep(0.01)
    assert len(await reader.rows(text("SELECT 1"))) == 1
    await reader.close()
    await database.close()


async def test_restart_of_the_pooler_is_an_outage(app_fixture: AppFixture, bouncer: PgBouncer) -> None:
    client, codes, is_over = app_fixture.tenant.client(), Counter[str](), asyncio.Event()

    async def use() -> None:
        while not is_over.is_set():
            read, written = await client(NESTED), await client(documents.create("Task"), input={"title": "Dig"})
            for response in (read, written):
                codes.update(response.error_codes or ["OK"])
            await asyncio.sleep(0.01)

    async def wait_for(code: str) -> None:
        count = codes[code]
        while codes[code] < count + 5:  # noqa: ASYNC110 -- the tasks count
            await asyncio.sleep(0.01)

    async with asyncio.timeout(TIMEOUT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(use())
        await wait_for("OK")
        bouncer.kill()
        await wait_for("UNAVAILABLE")
        await asyncio.to_thread(bouncer.start)
        await wait_for("OK")
        is_over.set()
    assert codes.keys() == {"OK", "UNAVAILABLE"}
