"""Access that is confirmed for many clients at once: by one statement, and no longer than it lasts."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import insert, select, update

from database.authentication import ANONYMOUS, Principal
from models import ApiKey, Membership, Session, Tenant, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from services.core.access_confirmation import AccessConfirmation
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.impersonation import create_superuser, impersonate


def principals(tenant: TenantFixture) -> dict[Role, Principal]:
    """Return the principals of the tenant's members."""
    sessions = tenant.app_fixture.session_ids
    return {role: Principal(user.id, tenant.id, role, False, sessions[user.id]) for role, user in tenant.users.items()}


async def confirm(app_fixture: AppFixture, *asked: Principal) -> list[bool]:
    confirmation = AccessConfirmation(app_fixture.database)
    return await asyncio.gather(*map(confirmation.confirm, asked))


async def test_members_are_confirmed_with_one_statement(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    members = principals(app_fixture.tenant)
    assert await confirm(app_fixture, members[Role.MEMBER]) == [True]
    with statement_counter:
        assert await confirm(app_fixture, *members.values(), members[Role.MEMBER]) == [True] * 4
    statement_counter.assert_budget(2)  # one sets the tenant


async def test_other_principals_are_not_confirmed(app_fixture: AppFixture) -> None:
    member = principals(app_fixture.tenant)[Role.MEMBER]
    other = principals(app_fixture.other_tenant)[Role.MEMBER]
    assert (
        await confirm(
            app_fixture,
            ANONYMOUS,
            replace(member, role=Role.OWNER),
            replace(member, session_id=uuid4()),
            replace(member, tenant_id=app_fixture.other_tenant.id),
            replace(member, session_id=other.session_id),
            replace(member, is_superuser=True),
            Principal(tenant_id=member.tenant_id, role=Role.MEMBER, api_key_id=uuid4()),
            replace(member, impersonator_id=uuid4()),
        )
        == [False] * 8
    )


async def test_access_that_has_ended_is_not_confirmed(app_fixture: AppFixture) -> None:
    members = principals(app_fixture.tenant)
    member, admin, owner = members[Role.MEMBER], members[Role.ADMIN], members[Role.OWNER]
    session, user, membership = table_of(Session), table_of(User), table_of(Membership)
    await app_fixture.execute_sql(update(session).where(session.c.id == member.session_id).values(revoked_at=utc_now()))
    await app_fixture.execute_sql(update(user).where(user.c.id == admin.user_id).values(is_active=False))
    demotion = update(membership).where(membership.c.user_id == owner.user_id).values(role=Role.ADMIN)
    await app_fixture.execute_sql(demotion)
    assert await confirm(app_fixture, member, admin, owner) == [False] * 3
    assert await confirm(app_fixture, replace(owner, role=Role.ADMIN)) == [True]
    await app_fixture.execute_sql(update(table_of(Tenant)).values(closed_at=utc_now()))
    assert await confirm(app_fixture, replace(owner, role=Role.ADMIN)) == [False]


async def test_api_keys(app_fixture: AppFixture) -> None:
    key, tenant = table_of(ApiKey), app_fixture.tenant
    id, now = uuid4(), utc_now()
    values = {"id": id, "tenant_id": tenant.id, "name": "Key", "role": Role.ADMIN, "prefix": "alt_x", "hash": "0" * 64}
    times = {"created_at": now, "updated_at": now, "version": 1, "created_by_id": tenant.users[Role.OWNER].id}
    await app_fixture.execute_sql(insert(key).values(**values, **times))
    principal = Principal(tenant_id=tenant.id, role=Role.ADMIN, api_key_id=id)
    assert await confirm(app_fixture, principal, replace(principal, role=Role.OWNER)) == [True, False]
    await app_fixture.execute_sql(update(key).where(key.c.id == id).values(expires_at=now))
    assert await confirm(app_fixture, principal) == [False]


async def test_impersonation_is_confirmed_in_its_tenant_while_it_lasts(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    member = principals(app_fixture.tenant)[Role.MEMBER]
    await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    session = table_of(Session)
    (row,) = await app_fixture.fetch_rows(select(session.c.id).where(session.c.impersonator_id == superuser.id))
    acting = replace(member, session_id=row.id, impersonator_id=superuser.id)
    in_person = replace(acting, impersonator_id=None)
    elsewhere = replace(acting, tenant_id=app_fixture.other_tenant.id)
    assert await confirm(app_fixture, acting, in_person, elsewhere) == [True, False, False]
    end = update(session).where(session.c.user_id == superuser.id).values(revoked_at=utc_now())
    await app_fixture.execute_sql(end)
    assert await confirm(app_fixture, acting) == [False]
