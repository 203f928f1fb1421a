"""A response with status 304 is right while many clients write, and transactions commit in any order."""

import asyncio
import random
from typing import Any

import pytest

from database.asyncpg_write_transaction import AsyncpgWriteTransaction
from models import Project, Task, User, Worker
from models.membership import Role
from server.config.settings import Settings
from services.core import records
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import TenantFixture
from tests.support.conditional_client import ConditionalClient, wait_until_final
from tests.support.settings import build_settings

pytestmark = pytest.mark.slow

WRITERS = 16
ROUNDS = 12
MAX_DELAY = 0.1
PAUSE = 0.1
"""After each round, so that its last commit is not followed by another one before a client has polled."""
QUERIES = (
    "{ tasks(first: 100) { totalCount nodes { title project { name } workers { totalCount } } } }",
    '{ projects(where: {tasks: {some: {title: {contains: "1"}}}}, first: 100) { totalCount nodes { name version } } }',
    "{ viewer { fullName version tasks { totalCount } } }",
    "{ workers(orderBy: [{assignedTasks: {count: DESC}}]) { nodes { name assignedTasks { totalCount } } } }",
)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with a connection for each writer, so that all of them and the polling clients run at once."""
    return build_settings(database_url, db_pool_size=WRITERS + len(QUERIES))


@pytest.fixture(autouse=True)
def _slow_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delay commits on PostgreSQL after the entries of the audit are written, so that later entries are committed
    first. Without that, the entries are in the same message as COMMIT."""
    random_delays, commit = random.Random(1), AsyncpgWriteTransaction.commit  # noqa: S311 -- not secret

    async def commit_slowly(self: AsyncpgWriteTransaction, *arguments: Any) -> None:
        await asyncio.sleep(random_delays.random() * MAX_DELAY)
        await commit(self, *arguments)

    monkeypatch.setattr(AsyncpgWriteTransaction, "insert_later", lambda *_arguments: False)
    monkeypatch.setattr(AsyncpgWriteTransaction, "commit", commit_slowly)


class Writers:
    """Clients that write rows of several tables in transactions of different lengths."""

    def __init__(self, tenant: TenantFixture, projects: list[Project], workers: list[Worker]) -> None:
        self._tenant = tenant
        self._projects = projects
        self._workers = workers
        self._random = random.Random(4)  # noqa: S311 -- not secret
        self.is_done = False

    async def write(self) -> None:
        """Write in rounds. The transactions of a round commit in any order."""
        for _ in range(ROUNDS):
            await asyncio.gather(*(self._write_once() for _ in range(WRITERS)))
            await wait_until_final(self._tenant)
            await asyncio.sleep(PAUSE)
        self.is_done = True

    async def _write_once(self) -> None:
        use_case = self._random.choice([self._create_task, self._rename_project, self._rename_user, self._assign])
        await self._tenant.run_use_case(use_case, self._random.choice(list(Role)))

    async def _create_task(self, work: UnitOfWork) -> None:
        values = {"title": f"Task {self._random.random()}", "project_id": self._random.choice(self._projects).id}
        await records.create(work, Task, values)

    async def _rename_project(self, work: UnitOfWork) -> None:
        project = self._random.choice(self._projects)
        await records.update(work, Project, project.id, {"name": f"Project {self._random.random()}"}, None)

    async def _rename_user(self, work: UnitOfWork) -> None:
        assert work.principal.user_id is not None
        user: Any = await work.get_for_update(User, work.principal.user_id)
        user.full_name = f"User {self._random.random()}"

    async def _assign(self, work: UnitOfWork) -> None:
        task: Task = await records.create(work, Task, {"title": f"Assigned {self._random.random()}"})
        await work.flush()
        await records.update(work, Task, task.id, {"assignee_id": self._random.choice(self._workers).id}, None)


class Poller:
    """A client that polls a query with the entity tag of its last response."""

    def __init__(self, client: ConditionalClient, query: str) -> None:
        self._client = client
        self._query = query
        self._bodies: dict[str, bytes] = {}
        """By entity tag."""
        self.not_modified = 0

    async def poll(self, writers: Writers) -> None:
        """Poll until the writers are done, and once more."""
        tag = None
        while not writers.is_done:
            tag = await self.get(tag)
        await self.get(await self.get(tag))

    async def get(self, tag: str | None) -> str:
        """Send the query; fail if two different responses have the same tag."""
        response = await self._client.get(self._query, tag)
        if response.status_code == 304:
            self.not_modified += 1
            assert tag == response.headers["ETag"]
            response = await self._client.get(self._query)
        new_tag: str = response.headers["ETag"]
        assert self._bodies.setdefault(new_tag, response.content) == response.content
        return new_tag


async def test_responses_with_the_same_tag_are_the_same(tenant: TenantFixture) -> None:
    projects = [await tenant.create(Project) for _ in range(3)]
    workers = [await tenant.create(Worker) for _ in range(3)]
    writers = Writers(tenant, projects, workers)
    client = ConditionalClient(tenant.client(Role.ADMIN))
    pollers = [Poller(client, query) for query in QUERIES]
    await asyncio.gather(writers.write(), *(poller.poll(writers) for poller in pollers))
    for poller in pollers:
        assert poller.not_modified > 0
