"""Who receives changes, and until when: access is checked at the start, and again before changes are sent."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import Membership, Project, Session, User
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from server.live import event_execution, feed_stream
from tests.support.app_fixture import AppFixture, TenantFixture, global_id
from tests.support.client import Client
from tests.support.documents import LOGOUT, REVOKE_SESSION
from tests.support.impersonation import create_superuser, impersonate
from tests.support.memberships import add_member, membership_id, set_active
from tests.support.sample_data import SampleData
from tests.support.subscriptions import follow, subscribe

ORDERS = "subscription { orderChanged { objectId action order { number } } }"
ACCOUNTS = "subscription { accountChanged { account { name } } }"
REMOVE = "mutation ($id: ID!) { removeMember(id: $id) { userErrors { code } } }"
CLOSE = "mutation ($id: ID!) { closeTenant(id: $id) { userErrors { code } } }"

EndAccess = Callable[[TenantFixture, User], Awaitable[None]]


@pytest.fixture(autouse=True)
def _check_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the access before each change, so that the tests need not wait."""
    monkeypatch.setattr(event_execution, "PRINCIPAL_SECONDS", 0.0)


async def test_anonymous_clients_and_outsiders_are_refused(app: FastAPI, app_fixture: AppFixture) -> None:
    async with subscribe(app, {}) as changes:
        assert await changes.error_codes() == ["UNAUTHENTICATED"]
    outsider = app_fixture.client(app_fixture.other_tenant.users[Role.OWNER], "here")
    async with subscribe(app, outsider.headers) as changes:
        assert await changes.error_codes() == ["FORBIDDEN"]
    async with subscribe(app, app_fixture.tenant.client().headers, ACCOUNTS) as changes:
        assert await changes.error_codes() == ["FORBIDDEN"]


async def test_members_receive_their_own_orders_and_admins_all(app: FastAPI, sample_data: SampleData) -> None:
    tenant = sample_data.tenant
    colleague = await add_member(tenant, "colleague@here.test", Role.MEMBER)
    others = tenant.app_fixture.client(colleague, tenant.slug)
    async with (
        follow(app, tenant.client(), ORDERS) as own,
        follow(app, others, ORDERS) as foreign,
        follow(app, tenant.client(Role.ADMIN), ORDERS) as every,
    ):
        placed = await tenant.place_order((sample_data.rows["product"][0], 1))
        for subscriber in (own, every):
            event = await subscriber.next_event()
            assert (event["objectId"], event["order"]["number"]) == (global_id(placed), placed.number)
        assert await foreign.is_quiet()


async def test_admins_follow_accounts(app: FastAPI, app_fixture: AppFixture) -> None:
    async with follow(app, app_fixture.tenant.client(Role.ADMIN), ACCOUNTS) as accounts:
        await app_fixture.tenant.open_account("Cash")
        names = {(await accounts.next_event())["account"]["name"] for _ in range(2)}
        assert names == {"Outside (EUR)", "Cash"}


async def _remove(tenant: TenantFixture, user: User) -> None:
    response = await tenant.client(Role.OWNER)(REMOVE, id=await membership_id(tenant, user))
    response.payload("removeMember")


async def _deactivate(tenant: TenantFixture, user: User) -> None:
    await set_active(tenant.app_fixture, [user], active=False)


async def _revoke(tenant: TenantFixture, user: User) -> None:
    table = table_of(Session)
    await tenant.app_fixture.execute_sql(update(table).where(table.c.user_id == user.id).values(revoked_at=utc_now()))


async def _close_tenant(tenant: TenantFixture, _user: User) -> None:
    response = await tenant.client(Role.OWNER)(CLOSE, id=public_id("tenant", tenant.id))
    response.payload("closeTenant")


async def _demote(tenant: TenantFixture, user: User) -> None:
    """Take the role of an admin away, bypassing the feed."""
    table = table_of(Membership)
    is_own = (table.c.tenant_id == tenant.id, table.c.user_id == user.id)
    await tenant.app_fixture.execute_sql(update(table).where(*is_own).values(role=Role.MEMBER))


@pytest.mark.parametrize("end_access", [_remove, _deactivate, _revoke], ids=lambda function: function.__name__)
async def test_nothing_arrives_after_the_end_of_access(
    app: FastAPI, app_fixture: AppFixture, end_access: EndAccess
) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        await tenant.create(Project, name="before")
        assert (await changes.next_event())["object"]["name"] == "before"
        await end_access(tenant, tenant.users[Role.MEMBER])
        await tenant.create(Project, name="after")
        assert await changes.error_codes() in (["UNAUTHENTICATED"], ["FORBIDDEN"])


async def test_role_that_fell_ends_what_requires_it(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client(Role.ADMIN), ACCOUNTS) as accounts:
        await _demote(tenant, tenant.users[Role.ADMIN])
        await tenant.open_account("Cash")
        assert await accounts.error_codes() == ["FORBIDDEN"]


async def test_subscription_without_changes_ends_with_the_session(
    app: FastAPI, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_stream, "CHECK_SECONDS", 0.05)
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        assert await changes.is_quiet()
        await _revoke(tenant, tenant.users[Role.MEMBER])
        assert await changes.error_codes() == ["UNAUTHENTICATED"]


async def test_access_is_checked_at_once_after_a_membership_changed(
    app: FastAPI, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_execution, "PRINCIPAL_SECONDS", 60.0)
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        await _remove(tenant, tenant.users[Role.MEMBER])
        assert await changes.error_codes() == ["FORBIDDEN"]


async def test_subscription_ends_when_the_tenant_is_closed(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        await _close_tenant(tenant, tenant.users[Role.MEMBER])
        assert await changes.error_codes() == ["FORBIDDEN"]


async def _end_by_owner(_superuser: Client, acting: Client, owner: Client) -> None:
    document = "{ viewer { sessions { nodes { id } } } }"
    (session,) = (await acting(document)).data["viewer"]["sessions"]["nodes"]
    assert (await owner(REVOKE_SESSION, id=session["id"])).payload("revokeSession")


async def _end_by_superuser(superuser: Client, _acting: Client, _owner: Client) -> None:
    assert (await superuser(LOGOUT)).payload("logout")


@pytest.mark.parametrize("end", [_end_by_owner, _end_by_superuser], ids=lambda function: function.__name__)
async def test_subscription_of_an_impersonation_ends_with_it(app: FastAPI, app_fixture: AppFixture, end: Any) -> None:
    tenant = app_fixture.tenant
    _, superuser = await create_superuser(app_fixture)
    acting = await impersonate(superuser, tenant.users[Role.MEMBER])
    async with follow(app, acting) as changes, follow(app, tenant.client()) as in_person:
        await tenant.create(Project, name="before")
        assert (await changes.next_event())["object"]["name"] == "before"
        await end(superuser, acting, tenant.client(Role.OWNER))
        await tenant.create(Project, name="after")
        assert await changes.error_codes() == ["UNAUTHENTICATED"]
        assert [(await in_person.next_event())["object"]["name"] for _ in range(2)] == ["before", "after"]
