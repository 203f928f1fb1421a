"""Sample data of one tenant: three rows of every type, for tests that need no special rows."""

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
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from queries.scope import visible
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.people.api_key import create_api_key
from services.people.secrets import INVITATION_PREFIX, hash_secret
from services.shop import order, product
from services.work import task
from tests.support.app_fixture import ONE_HOUR, TenantFixture, global_id

ROWS_PER_TABLE = 3


@dataclass(frozen=True)
class SampleData:
    """Three rows of each type. All workers are in the first team, and the first two are assigned to every task. The
    first worker is the assignee of all tasks, which are in the first project. The member has placed the orders, each of
    two of the first and one of the second product: they are pending, confirmed and shipped. The first two accounts have
    a balance of 100.00 EUR from one deposit each, the third has a balance of zero."""

    tenant: TenantFixture
    teams: list[Team]
    workers: list[Worker]
    projects: list[Project]
    tasks: list[Task]
    products: list[Product]
    orders: list[Order]
    accounts: list[Account]
    transfers: list[Transfer]
    sessions: list[Session]
    """Sessions of the member, in addition to the session of the member's clients."""
    api_keys: list[ApiKey]
    memberships: list[Membership]
    """Memberships of users who are not in `tenant.users`."""
    invitations: list[Invitation]
    """Invitations to this tenant. Its members are also invited to the other tenant, with known tokens."""

    def ids(self, type_name: str) -> list[str]:
        """Return the global ids of the rows of a GraphQL type."""
        rows: list[Any] = getattr(self, f"{to_snake_case(type_name)}s")
        return [global_id(row) for row in rows]


async def create_sample_data(tenant: TenantFixture) -> SampleData:
    """Create three rows of each type in this tenant, and invite its members to the other one."""
    numbers = range(ROWS_PER_TABLE)

    async def insert_rows(work: UnitOfWork) -> SampleData:
        teams = [await records.create(work, Team, {"name": f"Team {n}"}) for n in numbers]
        workers = [await records.create(work, Worker, {"name": f"Worker {n}", "team_id": teams[0].id}) for n in numbers]
        projects = [await records.create(work, Project, {"name": f"Project {n}"}) for n in numbers]
        references = {"project_id": projects[0].id, "assignee_id": workers[0].id}
        tasks = [await records.create(work, Task, {"title": f"Task {n}", **references}) for n in numbers]
        for row in tasks:
            await task.assign_workers(work, row.id, [assignee.id for assignee in workers[:2]])
        api_keys = [
            (await create_api_key(work, {"name": f"Key {n}", "expires_at": utc_now() + ONE_HOUR})).api_key
            for n in numbers
        ]
        member = tenant.users[Role.MEMBER]
        sessions = [Session(user_id=member.id, expires_at=utc_now() + ONE_HOUR) for _ in numbers]
        await work.add(*sessions)
        users = [User(email=f"extra{n}@{tenant.slug}.test", full_name=f"Extra {n}") for n in numbers]
        await work.add(*users)
        memberships = [Membership(tenant_id=tenant.id, user_id=user.id, role=Role.MEMBER) for user in users]
        invitations = [build_invitation(tenant, f"friend{n}@{tenant.slug}.test") for n in numbers]
        await work.add(*memberships, *invitations)
        products = [await _create_product(work, n) for n in numbers]
        return SampleData(
            tenant, teams, workers, projects, tasks, products, [], [], [], sessions, api_keys, memberships, invitations
        )

    sample_data: SampleData = await tenant.run_use_case(insert_rows)
    for transitions in ((), ("confirm",), ("confirm", "ship")):
        sample_data.orders.append(await _create_order(tenant, sample_data.products, transitions))
    for number in numbers:
        sample_data.accounts.append(
            await tenant.open_account(f"Account {number}", "0" if number == ROWS_PER_TABLE - 1 else "100")
        )
    sample_data.transfers.extend(await tenant.run_use_case(_load_transfers))
    for other in tenant.app_fixture.tenants.values():
        if other is not tenant:
            await _invite_members(tenant, other)
    return sample_data


async def _load_transfers(work: UnitOfWork) -> Sequence[Any]:
    table = table_of(Transfer)
    return await work.entities(Transfer, select(table).where(visible(table)).order_by(table.c.id))


async def _create_product(work: UnitOfWork, number: int) -> Product:
    values = {"name": f"Product {number}", "price": Decimal(number + 1) / 4, "stock": 10}
    return await product.create_product(work, values)


async def _create_order(tenant: TenantFixture, products: list[Product], transitions: Sequence[str]) -> Order:
    lines = [order.OrderLine(products[0].id, 2), order.OrderLine(products[1].id, 1)]
    placed: Order = await tenant.run_use_case(lambda work: order.place_order(work, lines, "1 Lane\nTown"), Role.MEMBER)
    for transition in transitions:
        placed = await tenant.run_use_case(partial(_advance_order, transition, placed))
    return placed


async def _advance_order(transition: str, placed: Order, work: UnitOfWork) -> Order:
    return await order.advance_order(work, transition, placed.id, None)


async def _invite_members(source: TenantFixture, target: TenantFixture) -> None:
    invitations = [build_invitation(target, user.email) for user in source.users.values()]
    await target.run_use_case(lambda work: work.add(*invitations))


def build_invitation(tenant: TenantFixture, email: str) -> Invitation:
    """Return the row of a valid invitation with a known token."""
    values: dict[str, Any] = {"tenant_id": tenant.id, "invited_by_id": tenant.users[Role.OWNER].id}
    return Invitation(
        email=email, hash=hash_secret(known_invitation_token(email)), expires_at=utc_now() + ONE_HOUR, **values
    )


def known_invitation_token(email: str) -> str:
    """Return the token that the invitation email of this address contains."""
    return f"{INVITATION_PREFIX}{email}"


async def fetch_table(tenant: TenantFixture, model: Any) -> list[dict[str, Any]]:
    """Return the tenant's rows of a model's table, unordered, as they are stored."""
    table = table_of(model)
    rows = await tenant.run_use_case(lambda work: work.rows(select(*table.c).where(visible(table))))
    return [dict(row._mapping) for row in rows]
