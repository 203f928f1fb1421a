"""A little of everything in one tenant, and a look at what its tables hold, for tests that need no more than that."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select
from strawberry.utils.str_converters import to_snake_case

from models import (
    Account,
    ApiKey,
    Invitation,
    Membership,
    Order,
    Product,
    Project,
    Session,
    Task,
    Team,
    Transfer,
    User,
    Worker,
)
from models.base import now
from models.membership import Role
from models.relations import table_of
from queries.scope import visible
from services import order, product, project, task, team, worker
from services.api_key import create_api_key
from services.secrets import hashed
from services.unit_of_work import UnitOfWork
from tests.support.world import SOON, Plot, gid

SIZE = 3


@dataclass(frozen=True)
class Scene:
    """Three of each noun. All workers are in the first team, and the first two of them on every task; the first worker
    answers for all tasks, which are in the first project. The member has placed the orders, each of two of the first
    and one of the second product: they are pending, confirmed and shipped. The first two accounts hold 100.00 EUR, each
    from one deposit, and the third holds nothing."""

    plot: Plot
    teams: list[Team]
    workers: list[Worker]
    projects: list[Project]
    tasks: list[Task]
    products: list[Product]
    orders: list[Order]
    accounts: list[Account]
    transfers: list[Transfer]
    sessions: list[Session]
    """Of the member's, besides the one that their clients are in."""
    api_keys: list[ApiKey]
    memberships: list[Membership]
    """Of people besides the world's own."""
    invitations: list[Invitation]
    """Into this tenant; the members of the world are also invited into the other one, with a known token."""

    def ids(self, noun: str) -> list[str]:
        """The ids of a noun's objects, as clients see them."""
        found: list[Any] = getattr(self, f"{to_snake_case(noun)}s")
        return [gid(row) for row in found]


async def make_scene(plot: Plot) -> Scene:
    """Three of each noun in this tenant."""

    async def make(work: UnitOfWork) -> Scene:
        names = range(SIZE)
        teams = [await team.create_team(work, {"name": f"Team {n}"}) for n in names]
        workers = [await worker.create_worker(work, {"name": f"Worker {n}", "team_id": teams[0].id}) for n in names]
        projects = [await project.create_project(work, {"name": f"Project {n}"}) for n in names]
        more = {"project_id": projects[0].id, "assignee_id": workers[0].id}
        tasks = [await task.create_task(work, {"title": f"Task {n}", **more}) for n in names]
        for each in tasks:
            await task.assign_workers(work, each.id, [one.id for one in workers[:2]])
        keys = [(await create_api_key(work, {"name": f"Key {n}", "expires_at": now() + SOON})).api_key for n in names]
        member = plot.users[Role.MEMBER]
        sessions = [Session(user_id=member.id, expires_at=now() + SOON) for _ in names]
        await work.add(*sessions)
        users = [User(email=f"extra{n}@{plot.slug}.test", full_name=f"Extra {n}") for n in names]
        await work.add(*users)
        extra = [Membership(tenant_id=plot.tenant_id, user_id=user.id, role=Role.MEMBER) for user in users]
        invitations = [invitation_to(plot, f"friend{n}@{plot.slug}.test") for n in names]
        await work.add(*extra, *invitations)
        products = [await _product(work, n) for n in names]
        return Scene(plot, teams, workers, projects, tasks, products, [], [], [], sessions, keys, extra, invitations)

    names = range(SIZE)
    made: Scene = await plot.make(make)
    for steps in ((), ("confirm",), ("confirm", "ship")):
        made.orders.append(await _order(plot, made.products, steps))
    for number in names:
        made.accounts.append(await plot.account(f"Account {number}", "0" if number == SIZE - 1 else "100"))
    made.transfers.extend(await plot.make(_transfers))
    for other in plot.world.plots.values():
        if other is not plot:
            await _invite(other, plot)
    return made


async def _transfers(work: UnitOfWork) -> Sequence[Any]:
    table = table_of(Transfer)
    return await work.entities(Transfer, select(table).where(visible(table)).order_by(table.c.id))


async def _product(work: UnitOfWork, number: int) -> Product:
    values = {"name": f"Product {number}", "price": Decimal(number + 1) / 4, "stock": 10}
    return await product.create_product(work, values)


async def _order(plot: Plot, products: list[Product], steps: Sequence[str]) -> Order:
    lines = [order.Line(products[0].id, 2), order.Line(products[1].id, 1)]
    placed: Order = await plot.make(lambda work: order.place_order(work, lines, "1 Lane\nTown"), Role.MEMBER)
    for step in steps:
        placed = await plot.make(partial(_take, step, placed))
    return placed


async def _take(step: str, placed: Order, work: UnitOfWork) -> Order:
    return await order.take_step(work, step, placed.id, None)


async def _invite(plot: Plot, guests: Plot) -> None:
    invited = [invitation_to(plot, user.email) for user in guests.users.values()]
    await plot.make(lambda work: work.add(*invited))


def invitation_to(plot: Plot, email: str) -> Invitation:
    """An invitation that counts, with a known token."""
    kept: dict[str, Any] = {"tenant_id": plot.tenant_id, "invited_by_id": plot.users[Role.OWNER].id}
    return Invitation(email=email, hash=hashed(invitation_token(email)), expires_at=now() + SOON, **kept)


def invitation_token(email: str) -> str:
    """What stood in the letter that invited somebody."""
    return f"invite_{email}"


async def stored(plot: Plot, model: Any) -> list[dict[str, Any]]:
    """The tenant's rows of a table, as they are in the database, in no order."""
    table = table_of(model)
    rows = await plot.make(lambda work: work.rows(select(*table.c).where(visible(table))))
    return [dict(row._mapping) for row in rows]
