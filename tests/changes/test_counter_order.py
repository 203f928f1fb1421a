"""The order of the logs by counters, on one PostgreSQL server. Tests of the order of transaction ids that are true of
it as well run here again."""

import asyncio
from uuid import UUID  # noqa: TC003 -- pytest reads the annotations

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from database.authentication import Credentials, set_tenant
from database.counter_order import COUNTER_ORDER
from database.log_order import TRANSACTION_ORDER
from models import AuditEntry, Event, LogCounter, Project, Task, Tenant
from models.ids import new_id
from models.log import COUNTER_EPOCH, UNNUMBERED
from models.membership import Role
from models.relations import table_of
from queries.log import log_columns
from server.audit_pruning import prune_tenant, purge_object
from server.change_feed_lag import ChangeFeedLag, load_lag
from server.cli.checks.postgresql import check_postgresql
from server.config.settings import Settings
from services.core import events, records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from tests.changes.follower import Follower, start
from tests.changes.test_log_order import (
    OpenTransaction,
    nothing,
    rename,
    test_changes_of_one_object_do_not_swap,
    test_transaction_that_is_rolled_back_leaves_no_gap,
    test_writers_and_followers_at_once,
)
from tests.services.event_streams import ACCOUNT_OPENED, build_credited
from tests.support.app_fixture import TenantFixture, global_id
from tests.support.sample_data import SampleData

__all__ = [
    "test_changes_of_one_object_do_not_swap",
    "test_transaction_that_is_rolled_back_leaves_no_gap",
    "test_writers_and_followers_at_once",
]
pytestmark = [
    pytest.mark.only("postgresql"),
    pytest.mark.parametrize("log_order", [COUNTER_ORDER], indirect=True, ids=["counter"]),
]


async def fetch_log(tenant: TenantFixture, model: type) -> list[tuple[int, ...]]:
    """Return epoch, transaction and position of all rows of a log, in their order."""
    table = table_of(model)
    async with tenant.app_fixture.database.write_engine.begin() as connection:
        await set_tenant(connection, tenant.id)
        return [
            tuple(row) for row in await connection.execute(select(*log_columns(table)).order_by(*log_columns(table)))
        ]


async def fetch_counter(tenant: TenantFixture) -> int | None:
    async with tenant.app_fixture.database.write_engine.begin() as connection:
        await set_tenant(connection, tenant.id)
        value: int | None = await connection.scalar(select(table_of(LogCounter).c.value))
        return value


async def test_all_rows_of_a_transaction_have_its_number(sample_data: SampleData) -> None:
    tenant, project = sample_data.tenant, sample_data.rows["project"][0].id
    before = await fetch_counter(tenant)
    assert before is not None

    async def write(work: UnitOfWork) -> None:
        await events.append_events(work, "account", new_id(), ACCOUNT_OPENED, build_credited())
        await records.update(work, Project, project, {"name": "Renamed"})

    await tenant.run_use_case(write)
    assert await fetch_counter(tenant) == before + 1
    for model, count in ((Event, 2), (AuditEntry, 1)):
        rows = await fetch_log(tenant, model)
        assert {row[0] for row in rows} == {COUNTER_EPOCH}
        assert [row[1] for row in rows].count(before + 1) == count
        assert [row[1] for row in rows][-count:] == [before + 1] * count


async def test_transaction_that_writes_to_no_log_takes_no_number(sample_data: SampleData) -> None:
    tenant = sample_data.tenant
    before = await fetch_counter(tenant)
    await tenant.run_use_case(lambda work: work.rows(select(table_of(Task)).where(table_of(Task).c.id == new_id())))
    response = await tenant.client(Role.MEMBER)("{ tasks { totalCount } }")
    assert response.data["tasks"]["totalCount"] == 3
    assert await fetch_counter(tenant) == before


async def test_open_transaction_delays_no_other_ones(sample_data: SampleData, follower: Follower) -> None:
    """There is no horizon: a transaction gets its number when it ends."""
    tenant, projects = sample_data.tenant, [row.id for row in sample_data.rows["project"]]
    streams = new_id(), new_id()

    async def begin(work: UnitOfWork) -> None:
        await records.update(work, Project, projects[0], {"name": "Slow"})
        await events.append_events(work, "account", streams[0], ACCOUNT_OPENED)

    slow = OpenTransaction(tenant, begin, rename(Project, projects[2], "Slow as well"))
    await slow.begin()
    await tenant.run_use_case(rename(Project, projects[1], "Fast"))
    await tenant.run_use_case(lambda work: events.append_events(work, "account", streams[1], ACCOUNT_OPENED))
    assert [change["objectId"] for change in await follower.next_page()] == [global_id(sample_data.rows["project"][1])]
    await slow.finish()
    ids = [change["objectId"] for change in await follower.next_page()]
    assert ids == [global_id(sample_data.rows["project"][number]) for number in (0, 2)]
    event = table_of(Event)
    query = select(event.c.stream_id).where(event.c.tenant_id == tenant.id).order_by(*log_columns(event))
    rows = await tenant.run_use_case(lambda work: work.rows(query))
    assert [row.stream_id for row in rows if row.stream_id in streams] == [streams[1], streams[0]]


async def test_every_tenant_has_its_own_counter(sample_data: SampleData) -> None:
    """One transaction may write to the logs of several tenants, in any order: it does not deadlock with others."""
    app_fixture = sample_data.tenant.app_fixture
    tenants = app_fixture.tenant, app_fixture.other_tenant
    before = [await fetch_counter(tenant) for tenant in tenants]

    async def rename_both(order: tuple[TenantFixture, ...]) -> None:
        async def write(work: UnitOfWork) -> None:
            for tenant in order:
                async with work.in_tenant(tenant.id):
                    await events.append_events(work, "account", new_id(), ACCOUNT_OPENED)
            await asyncio.sleep(0)

        await run_use_case(app_fixture.database, Credentials(), write)

    await asyncio.gather(*(rename_both(tenants if number % 2 else tenants[::-1]) for number in range(8)))
    assert [await fetch_counter(tenant) for tenant in tenants] == [(value or 0) + 8 for value in before]
    for tenant in tenants:
        assert UNNUMBERED not in {row[1] for row in await fetch_log(tenant, Event)}


async def test_new_tenant_begins_with_the_number_one(sample_data: SampleData) -> None:
    app_fixture = sample_data.tenant.app_fixture
    user = await app_fixture.create_user()
    response = await app_fixture.client(user)(
        'mutation { createTenant(input: {name: "New", slug: "new"}) { tenant { id } userErrors { code } } }'
    )
    assert response.payload("createTenant")["userErrors"] == []
    table = table_of(Tenant)
    (row,) = await app_fixture.fetch_rows(select(table).where(table.c.slug == "new"))
    tenant = TenantFixture(app_fixture, "new", row.id, {})
    assert await fetch_counter(tenant) == 1
    assert {row[:2] for row in await fetch_log(tenant, AuditEntry)} == {(COUNTER_EPOCH, 1)}


async def test_atomic_operation_is_one_transaction_of_the_log(sample_data: SampleData, follower: Follower) -> None:
    """Payloads show its entries before they have a number."""
    tenant = sample_data.tenant
    client, team = tenant.client(Role.ADMIN), global_id(sample_data.rows["team"][0])
    before = await fetch_counter(tenant)
    update_team = 'updateTeam(id: "%s", input: {name: "%s"}) { team { history { nodes { action } } } }'
    fields = [f"f{number}: {update_team % (team, f'Name {number}')}" for number in range(2)]
    response = await client(f"mutation @atomic {{ {' '.join(fields)} }}")
    counts = [len(response.data[f"f{number}"]["team"]["history"]["nodes"]) for number in range(2)]
    assert counts == [counts[0], counts[0] + 1]
    assert await fetch_counter(tenant) == (before or 0) + 1
    versions = [change["version"] for change in await follower.follow_until(2)]
    assert versions == sorted(versions)


async def test_numbered_rows_cannot_be_changed(sample_data: SampleData) -> None:
    tenant = sample_data.tenant
    await tenant.run_use_case(lambda work: events.append_events(work, "account", new_id(), ACCOUNT_OPENED))
    for model in (AuditEntry, Event):
        table = table_of(model)
        for values in ({"log_transaction": UNNUMBERED}, {"log_transaction": 1}, {"epoch": 2}):
            async with tenant.app_fixture.database.write_engine.connect() as connection:
                await set_tenant(connection, tenant.id)
                with pytest.raises(DBAPIError, match="append-only"):
                    await connection.execute(update(table).values(values))


async def test_counter_of_another_tenant_is_not_accessible(sample_data: SampleData) -> None:
    app_fixture = sample_data.tenant.app_fixture
    count = text("SELECT count(*) FROM log_counter")
    async with app_fixture.database.write_engine.begin() as connection:
        assert await connection.scalar(count) == 0
        await set_tenant(connection, app_fixture.tenant.id)
        assert await connection.scalar(count) == 1


async def test_maintenance_is_in_the_order(sample_data: SampleData) -> None:
    """Commands write to the log without a use case."""
    tenant, task = sample_data.tenant, sample_data.rows["task"][0].id
    follower = Follower(tenant.client(Role.ADMIN))
    await start(follower)
    before = await fetch_counter(tenant) or 0
    database = tenant.app_fixture.database
    async with database.write_engine.begin() as connection:
        assert await purge_object(connection, tenant.id, task, database.log_order)
    await prune_tenant(database, tenant.id, sample_data.rows["task"][2].created_at)
    numbers = [row[1] for row in await fetch_log(tenant, AuditEntry)]
    assert numbers[-1] == (await fetch_counter(tenant) or 0) > before
    assert UNNUMBERED not in numbers
    await tenant.run_use_case(rename(Task, task, "Later"))
    (change,) = await follower.follow_until(1)
    assert (change["objectId"], change["action"]) == (global_id(sample_data.rows["task"][0]), "UPDATED")


async def test_writers_of_events_and_audit_at_once(sample_data: SampleData) -> None:
    """Their numbers are dense, and each is that of one transaction in both logs."""
    tenant, tasks = sample_data.tenant, [row.id for row in sample_data.rows["task"]]
    before = await fetch_counter(tenant) or 0
    streams: list[UUID] = [new_id() for _ in range(3)]

    async def write(number: int) -> None:
        async def both(work: UnitOfWork) -> None:
            await events.append_events(work, "account", streams[number % 3], build_credited())
            await records.update(work, Task, tasks[number % 3], {"title": f"Title {number}"})

        await tenant.run_use_case(both)

    for first in range(0, 12, 3):
        await asyncio.gather(*map(write, range(first, first + 3)))
    numbers = list(range(before + 1, before + 13))
    for model in (Event, AuditEntry):
        assert [row[1] for row in await fetch_log(tenant, model)][-12:] == numbers


@pytest.mark.not_on_citus("the lag in the order of transaction ids does not exist")
async def test_open_transaction_is_no_lag(sample_data: SampleData, settings: Settings) -> None:
    """It delays the feed in the order of transaction ids only."""
    database, project = sample_data.tenant.app_fixture.database, sample_data.rows["project"][0].id
    transaction = OpenTransaction(sample_data.tenant, rename(Project, project, "New"), nothing)
    await transaction.begin()
    async with database.read_engine.connect() as connection:
        assert (await load_lag(connection, TRANSACTION_ORDER)).pid is not None
        assert await load_lag(connection, COUNTER_ORDER) == ChangeFeedLag()
        results = await check_postgresql(connection, settings, COUNTER_ORDER, is_migrated=True)
    await transaction.finish()
    assert str(results[-1]) == "✓ change feed: ordered by counters, so no open transaction delays it"
