"""Two tenants with people of every role, and factories for what they work on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from models import Account, Order, Product, Project, Task, Team, User, Worker
from models.ids import public_id
from models.membership import Role
from queries.caller import Caller
from server.database import Database
from services import account, order, people, product, project, task, team, transfer, worker
from services.passwords import Passwords
from services.tokens import Tokens
from services.transfer import Money
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

    @property
    def here(self) -> Plot:
        """The tenant that most tests happen in."""
        return self.plots["here"]

    @property
    def there(self) -> Plot:
        """The other one."""
        return self.plots["there"]

    def client(self, user: User | None = None, tenant: str | None = None) -> Client:
        """Signed in as a user, or as nobody."""
        headers = {"Authorization": f"Bearer {self.tokens.issue(user.id)}"} if user else {}
        return Client(self.http, **headers | ({"X-Tenant": tenant} if tenant else {}))


async def make_world(database: Database, http: httpx.AsyncClient, tokens: Tokens) -> World:
    """Two tenants, `here` and `there`, each with an owner, an admin and a member."""
    world = World(database, http, tokens, {})

    async def settle(work: UnitOfWork) -> None:
        for slug in ("here", "there"):
            tenant = await people.add_tenant(work, slug.capitalize(), slug)
            users = {role: await _user(work, slug, role) for role in Role}
            for role, user in users.items():
                await people.add_member(work, tenant.id, user.id, role)
            world.plots[slug] = Plot(world, slug, tenant.id, users)

    await perform(database.writing, Caller(), settle)
    return world


async def _user(work: UnitOfWork, slug: str, role: Role) -> User:
    values = {"email": f"{role.lower()}@{slug}.test", "full_name": f"{role.capitalize()} {slug.capitalize()}"}
    return await people.add_user(work, FAST, values, PASSWORD)


def gid(row: Any) -> str:
    """The id of a row as clients see it."""
    return public_id(type(row).__tablename__, row.id)
