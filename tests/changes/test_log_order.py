"""The order of a log while transactions overlap, which they do on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from database.log_order import TRANSACTION_ORDER
from models import Event, Project, Task
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from queries.log import is_after, is_settled, log_columns
from queries.scope import in_tenant_log
from services.core import events, records
from services.core.event_types import EventData
from services.core.unit_of_work import UnitOfWork
from tests.changes.follower import Follower, start
from tests.services.event_streams import ACCOUNT_OPENED, build_credited
from tests.support.app_fixture import TenantFixture, global_id
from tests.support.sample_data import SampleData

Step = Callable[[UnitOfWork], Awaitable[object]]


class OpenTransaction:
    """A transaction that has run its first step, and waits before its second one."""

    def __init__(self, tenant: TenantFixture, first: Step, second: Step) -> None:
        self._tenant = tenant
        self._steps = first, second
        self._is_waiting = asyncio.Event()
        self._may_continue = asyncio.Event()
        self._task: asyncio.Task[object] | None = None

    async def begin(self) -> None:
        """Run the first step."""
        self._task = asyncio.create_task(self._tenant.run_use_case(self._run))
        await self._is_waiting.wait()

    async def finish(self) -> None:
        """Run the second step, and commit."""
        self._may_continue.set()
        assert self._task is not None
        await self._task

    async def _run(self, work: UnitOfWork) -> None:
        first, second = self._steps
        await first(work)
        await work.flush()
        self._is_waiting.set()
        await self._may_continue.wait()
        await second(work)


def rename(model: type, id: UUID, name: str) -> Step:
    """Return a step that renames a project or a task."""
    values = {"name" if model is Project else "title": name}
    return lambda work: records.update(work, model, id, values)


async def nothing(_work: UnitOfWork) -> None:
    """Do nothing."""


@pytest.mark.any_server
@pytest.mark.usefixtures("cluster")
async def test_changes_of_one_object_do_not_swap(sample_data: SampleData, follower: Follower) -> None:
    """The transaction that began first, and has the smaller transaction id, changes the task last."""
    tenant, task, project = sample_data.tenant, sample_data.rows["task"][0].id, sample_data.rows["project"][0].id
    slow = OpenTransaction(tenant, rename(Project, project, "A"), rename(Task, task, "Last"))
    await slow.begin()
    await tenant.run_use_case(rename(Task, task, "First"))
    await slow.finish()
    changes = await follower.follow_until(3)
    versions = [change["version"] for change in changes if change["type"] == "TASK"]
    assert versions == sorted(versions)
    assert len(versions) == 2


@pytest.mark.not_on_citus("counters order the logs")
@pytest.mark.usefixtures("cluster")
async def test_open_transaction_delays_later_changes_and_loses_none(
    sample_data: SampleData, follower: Follower
) -> None:
    tenant, projects = sample_data.tenant, [row.id for row in sample_data.rows["project"]]
    slow = OpenTransaction(tenant, rename(Project, projects[0], "Slow"), nothing)
    await slow.begin()
    for name in ("Fast", "Faster"):
        await tenant.run_use_case(rename(Project, projects[1], name))
        assert await follower.next_page() == []
    await slow.finish()
    changes = await follower.follow_until(3)
    assert {change["objectId"] for change in changes} == {global_id(row) for row in sample_data.rows["project"][:2]}


@pytest.mark.any_server
@pytest.mark.usefixtures("cluster")
async def test_transaction_that_is_rolled_back_leaves_no_gap(sample_data: SampleData, follower: Follower) -> None:
    async def fail(_work: UnitOfWork) -> None:
        raise ArithmeticError

    tenant, projects = sample_data.tenant, [row.id for row in sample_data.rows["project"]]
    failing = OpenTransaction(tenant, rename(Project, projects[0], "Slow"), fail)
    await failing.begin()
    await tenant.run_use_case(rename(Project, projects[1], "Fast"))
    with pytest.raises(ArithmeticError):
        await failing.finish()
    (change,) = await follower.follow_until(1)
    assert change["objectId"] == global_id(sample_data.rows["project"][1])


@pytest.mark.any_server
async def test_writers_and_followers_at_once(sample_data: SampleData) -> None:
    """Sixteen writers change the same few tasks, while followers with different page sizes read."""
    tenant, tasks = sample_data.tenant, [row.id for row in sample_data.rows["task"]]
    followers = [Follower(tenant.client(Role.ADMIN), size=size) for size in (1, 7, 100)]
    await start(*followers)
    done = asyncio.Event()

    async def write(number: int) -> None:
        for step in range(10):
            await tenant.run_use_case(rename(Task, tasks[(number + step) % 3], f"{number}.{step}"))

    async def follow(follower: Follower) -> None:
        while not done.is_set():
            await follower.next_page()
        await follower.follow_until(160)

    async with asyncio.TaskGroup() as group:
        for follower in followers:
            group.create_task(follow(follower))
        async with asyncio.TaskGroup() as writers:
            for number in range(16):
                writers.create_task(write(number))
        done.set()
    first, *others = followers
    assert all(follower.received == first.received for follower in others)
    for row in sample_data.rows["task"]:
        versions = [change["version"] for change in first.received if change["objectId"] == global_id(row)]
        assert versions == list(range(versions[0], versions[0] + len(versions)))


@pytest.mark.not_on_citus("counters order the logs")
@pytest.mark.usefixtures("cluster")
async def test_events_are_a_log_as_well(sample_data: SampleData) -> None:
    tenant, streams = sample_data.tenant, (new_id(), new_id())
    table = table_of(Event)
    statement = select(table.c.stream_id, *log_columns(table)).where(
        in_tenant_log(table), is_settled(table, TRANSACTION_ORDER), is_after(table)
    )
    statement = statement.order_by(*log_columns(table))

    async def read(position: dict[str, int]) -> list[UUID]:
        rows = await tenant.run_use_case(lambda work: work.rows(statement, **position))
        return [row.stream_id for row in rows if row.stream_id in streams]

    def append(stream: UUID, event: EventData) -> Step:
        return lambda work: events.append_events(work, "account", stream, event)

    start_position = {"after_epoch": 0, "after_log_transaction": 0, "after_position": 0}
    slow = OpenTransaction(tenant, append(streams[0], ACCOUNT_OPENED), append(streams[0], build_credited()))
    await slow.begin()
    await tenant.run_use_case(append(streams[1], ACCOUNT_OPENED))
    assert await read(start_position) == []
    await slow.finish()
    async with asyncio.timeout(30):
        while len(found := await read(start_position)) < 3:  # noqa: ASYNC110 -- the horizon moves by itself
            await asyncio.sleep(0.02)
    assert sorted(found) == sorted([streams[0], *streams])
