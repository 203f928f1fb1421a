"""Two tenants with people of every role, and factories for what they work on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from models import Project, Task, Team, User, Worker
from models.ids import public_id
from models.membership import Role
from queries.caller import Caller
from server.database import Database
from services import people, project, session, task, team, worker
from services.passwords import Passwords
from services.session import Device
from services.tokens import Tokens
from services.unit_of_work import UnitOfWork, perform
from tests.support.client import Client

PASSWORD = "Correct-horse-1!"
FAST = Passwords(4)


@dataclass
class Plot:
    """One tenant, seen by the tests: makes things there as its owner, and signs people in."""

    world: "World"
    slug: str
    tenant_id: UUID
    users: dict[Role, User]

    async def make(self, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        """Do a use case as the owner."""
        caller = Caller(self.users[Role.OWNER].id, self.slug)
        return await perform(self.world.database.writing, caller, use_case)

    async def team(self, name: str = "Team") -> Team:
        made: Team = await self.make(lambda work: team.create_team(work, {"name": name}))
        return made

    async def worker(self, name: str = "Worker", **values: Any) -> Worker:
        made: Worker = await self.make(lambda work: worker.create_worker(work, {"name": name, **values}))
        return made

    async def project(self, name: str = "Project", **values: Any) -> Project:
        made: Project = await self.make(lambda work: project.create_project(work, {"name": name, **values}))
        return made

    async def task(self, title: str = "Task", workers: tuple[Worker, ...] = (), **values: Any) -> Task:
        async def create(work: UnitOfWork) -> Task:
            made = await task.create_task(work, {"title": title, **values})
            if workers:
                await task.assign_workers(work, made.id, [each.id for each in workers])
            return made

        made: Task = await self.make(create)
        return made

    def client(self, role: Role = Role.MEMBER) -> Client:
        """Signed in as the member with this role, in this tenant."""
        return self.world.client(self.users[role], self.slug)


@dataclass
class World:
    """Everything a test works on."""

    database: Database
    http: httpx.AsyncClient
    tokens: Tokens
    plots: dict[str, Plot]
    sessions: dict[UUID, UUID]
    """User to the session that their clients are in."""

    @property
    def here(self) -> Plot:
        """The tenant that most tests happen in."""
        return self.plots["here"]

    @property
    def there(self) -> Plot:
        """The other one."""
        return self.plots["there"]

    async def sign_in(self, *users: User) -> None:
        """Sessions for people who came later."""

        async def begin(work: UnitOfWork) -> None:
            for user in users:
                self.sessions[user.id] = (await session.begin(work, user.id, Device(), days=1))[0].id

        await perform(self.database.writing, Caller(), begin)

    def token(self, user: User) -> str:
        """An access token of somebody who is signed in."""
        return self.tokens.issue(user.id, self.sessions[user.id])

    def client(self, user: User | None = None, tenant: str | None = None) -> Client:
        """Signed in as a user, or as nobody."""
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return Client(self.http, **headers | ({"X-Tenant": tenant} if tenant else {}))


async def make_world(database: Database, http: httpx.AsyncClient, tokens: Tokens) -> World:
    """Two tenants, `here` and `there`, each with an owner, an admin and a member."""
    world = World(database, http, tokens, {}, {})

    async def settle(work: UnitOfWork) -> None:
        for slug in ("here", "there"):
            tenant = await people.add_tenant(work, slug.capitalize(), slug)
            users = {role: await _user(work, slug, role) for role in Role}
            for role, user in users.items():
                await people.add_member(work, tenant.id, user.id, role)
            world.plots[slug] = Plot(world, slug, tenant.id, users)

    await perform(database.writing, Caller(), settle)
    await world.sign_in(*(user for plot in world.plots.values() for user in plot.users.values()))
    return world


async def _user(work: UnitOfWork, slug: str, role: Role) -> User:
    values = {"email": f"{role.lower()}@{slug}.test", "full_name": f"{role.capitalize()} {slug.capitalize()}"}
    return await people.add_user(work, FAST, values, PASSWORD)


def gid(row: Any) -> str:
    """The id of a row as clients see it."""
    return public_id(type(row).__tablename__, row.id)
