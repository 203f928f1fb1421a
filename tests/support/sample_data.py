"""Sample data of one tenant: three rows of every type, for tests that need no special rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select, update
from strawberry.utils.str_converters import to_snake_case

from models import Invitation, LinkedIssuer, Membership, Order, Session, Transfer, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from queries.scope import visible
from services.core.unit_of_work import UnitOfWork
from services.people.api_key import create_api_key
from services.people.secrets import INVITATION_PREFIX, hash_secret
from services.shop import order
from tests.support.app_fixture import ONE_HOUR, TenantFixture, global_id
from tests.support.issuer_keys import ISSUER
from tests.support.noun_rows import insert_links, insert_noun_rows
from tests.support.passkey_rows import passkey_rows
from tests.support.second_factor_rows import enrolled_rows
from tests.support.webhook_rows import insert_webhooks

ROWS_PER_TABLE = 3
BALANCES = ("100", "100", "0")
"""The balances of the accounts."""


@dataclass(frozen=True)
class SampleData:
    """Three rows of each type. The rows of nouns refer to the first row of each table, so all workers are in the first
    team, for example; the first two workers are assigned to every task. The member has placed the orders, each of two
    of the first and one of the second product: they are pending, confirmed and shipped. The first two accounts have a
    balance of 100.00 EUR from one deposit each, the third has a balance of zero. The sessions are those of the member,
    in addition to the session of the member's clients. The member
    has a second factor; the memberships those of users who are not in `tenant.users`.
    The tenant's members are also invited to the other tenant, with known tokens."""

    tenant: TenantFixture
    rows: dict[str, list[Any]]
    """By table."""

    def ids(self, type_name: str) -> list[str]:
        """Return the global ids of the rows of a GraphQL type."""
        return [global_id(row) for row in self.rows[to_snake_case(type_name)]]


async def create_sample_data(tenant: TenantFixture) -> SampleData:
    """Create three rows of each type in this tenant, and invite its members to the other one."""
    rows: dict[str, list[Any]] = {}

    async def insert_rows(work: UnitOfWork) -> None:
        await insert_noun_rows(work, rows, ROWS_PER_TABLE, lambda parents, _number: parents[0])

    async def insert_remaining_rows(work: UnitOfWork) -> None:
        await insert_rows(work)
        await insert_links(work, rows, lambda targets, _number: targets[:2])

    await tenant.run_use_case(insert_rows)
    await tenant.run_use_case(partial(_insert_people, tenant, rows))
    rows["order"] = [
        await _create_order(tenant, rows["product"], transitions)
        for transitions in ((), ("confirm",), ("confirm", "ship"))
    ]
    rows["account"] = [await tenant.open_account(f"Account {n}", balance) for n, balance in enumerate(BALANCES)]
    rows["transfer"] = list(await tenant.run_use_case(_load_transfers))
    await tenant.run_use_case(insert_remaining_rows)
    await tenant.app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    for other in tenant.app_fixture.tenants.values():
        if other is not tenant:
            await _invite_members(tenant, other)
    return SampleData(tenant, rows)


async def _insert_people(tenant: TenantFixture, rows: dict[str, list[Any]], work: UnitOfWork) -> None:
    """Insert API keys, sessions, linked issuers, memberships, invitations and webhooks."""
    numbers, expiry, member = range(ROWS_PER_TABLE), utc_now() + ONE_HOUR, tenant.users[Role.MEMBER]
    rows["api_key"] = [
        (await create_api_key(work, {"name": f"Key {n}", "expires_at": expiry})).api_key for n in numbers
    ]
    rows["session"] = [Session(user_id=member.id, expires_at=expiry) for _ in numbers]
    rows["linked_issuer"] = [build_link(member, f"{tenant.slug}-{n}") for n in numbers]
    rows["second_factor"], rows["passkey"] = enrolled_rows(member), passkey_rows(member)[:1]
    challenges = passkey_rows(member)[1:]
    users = [User(email=f"extra{n}@{tenant.slug}.test", full_name=f"Extra {n}") for n in numbers]
    await work.add(
        *rows["session"], *rows["linked_issuer"], *rows["second_factor"], *rows["passkey"], *challenges, *users
    )
    rows["membership"] = [Membership(tenant_id=tenant.id, user_id=user.id, role=Role.MEMBER) for user in users]
    rows["invitation"] = [build_invitation(tenant, f"friend{n}@{tenant.slug}.test") for n in numbers]
    await work.add(*rows["membership"], *rows["invitation"])
    await insert_webhooks(work, rows, ROWS_PER_TABLE)


async def _load_transfers(work: UnitOfWork) -> Sequence[Any]:
    table = table_of(Transfer)
    return await work.entities(Transfer, select(table).where(visible(table)).order_by(table.c.id))


async def _create_order(tenant: TenantFixture, products: list[Any], transitions: Sequence[str]) -> Order:
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


def build_link(user: User, subject: str) -> LinkedIssuer:
    """Return the row of a link between a user and an account at the issuer of the tests."""
    return LinkedIssuer(user_id=user.id, issuer=ISSUER, subject=subject, email=user.email, last_used_at=utc_now())


def known_invitation_token(email: str) -> str:
    """Return the token that the invitation email of this address contains."""
    return f"{INVITATION_PREFIX}{email}"


async def fetch_table(tenant: TenantFixture, model: Any) -> list[dict[str, Any]]:
    """Return the tenant's rows of a model's table, unordered, as they are stored."""
    table = table_of(model)
    rows = await tenant.run_use_case(lambda work: work.rows(select(*table.c).where(visible(table))))
    return [dict(row._mapping) for row in rows]
