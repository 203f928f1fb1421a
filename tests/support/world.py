"""Two tenants with people of every role, and factories for what they work on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from models import Account, MailedToken, Order, Product, Project, RefreshToken, Task, Team, User, Worker
from models.base import now
from models.ids import public_id
from models.mailed_token import Purpose
from models.membership import Role
from queries.caller import Caller
from server.database import Database
from services import account, order, people, product, project, session, task, team, transfer, worker
from services.passwords import Passwords
from services.secrets import hashed
from services.session import Device
from services.tokens import Tokens
from services.transfer import Money
from services.unit_of_work import UnitOfWork, perform
from tests.support.client import Client

PASSWORD = "Correct-horse-1!"
FAST = Passwords(4)
DEVICE = Device("192.0.2.7", "The tests")
SOON = timedelta(hours=1)


@dataclass
class Plot:
    """One tenant, seen by the tests: makes things there as its owner, and signs people in."""

    world: "World"
    slug: str
    tenant_id: UUID
    users: dict[Role, User]

    async def make(self, use_case: Callable[[UnitOfWork], Awaitable[Any]], role: Role = Role.OWNER) -> Any:
        """Do a use case as the owner, or whoever has this role."""
        caller = Caller(self.users[role].id, self.slug)
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

    async def product(self, name: str = "Product", price: str = "1.50", stock: int = 10, **values: Any) -> Product:
        given = {"name": name, "price": Decimal(price), "stock": stock, **values}
        made: Product = await self.make(lambda work: product.create_product(work, given))
        return made

    async def order(self, *items: tuple[Product, int], role: Role = Role.MEMBER, address: str = "1 Lane") -> Order:
        lines = [order.Line(each.id, quantity) for each, quantity in items]
        made: Order = await self.make(lambda work: order.place_order(work, lines, address), role)
        return made

    async def account(self, name: str = "Account", balance: str = "0", currency: str = "EUR") -> Account:
        async def create(work: UnitOfWork) -> Account:
            made = await account.open_account(work, {"name": name, "currency": currency})
            if Decimal(balance):
                await transfer.deposit(work, made.id, Money(Decimal(balance)))
            return made

        made: Account = await self.make(create)
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
                again = user.id in self.sessions
                self.sessions[user.id] = (await session.begin(work, self.tokens, user, DEVICE, days=1)).session_id
                if not again:
                    await work.add(*letters_to(user), self.refreshing(user))

        await perform(self.database.writing, Caller(), begin)

    async def stranger(self, email: str = "stranger@nowhere.test", **values: Any) -> User:
        """Somebody who is signed in, and a member of nothing."""

        async def enrol(work: UnitOfWork) -> User:
            return await people.add_user(work, FAST, {"email": email, "full_name": "Stranger", **values}, PASSWORD)

        user: User = await perform(self.database.writing, Caller(), enrol)
        await self.sign_in(user)
        return user

    async def write(self, statement: Any) -> None:
        """Change what is stored, past all rules."""
        async with self.database.writing.begin() as connection:
            await connection.execute(statement)

    async def read(self, statement: Any) -> list[Any]:
        """What is stored."""
        async with self.database.writing.begin() as connection:
            return list(await connection.execute(statement))

    def refreshing(self, user: User) -> RefreshToken:
        """What is kept of a refresh token that tests know."""
        return RefreshToken(hash=hashed(refresh_token(user.email)), session_id=self.sessions[user.id])

    def session_of(self, role: Role) -> UUID:
        """The session that the clients of a member of `here` are in."""
        return self.sessions[self.here.users[role].id]

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


def refresh_token(email: str) -> str:
    """A refresh token of the session that somebody of the world is in."""
    return f"refresh_of_{email}"


def mailed_token(purpose: Purpose, email: str) -> str:
    """What was mailed to somebody of the world."""
    return f"letter_{purpose.lower()}_{email}"


def letters_to(user: User) -> list[MailedToken]:
    """A token for each purpose, as if it had been mailed."""
    some: dict[str, Any] = {"user_id": user.id, "email": user.email, "expires_at": now() + SOON}
    return [MailedToken(hash=hashed(mailed_token(each, user.email)), purpose=each, **some) for each in Purpose]


def gid(row: Any) -> str:
    """The id of a row as clients see it."""
    return public_id(type(row).__tablename__, row.id)
