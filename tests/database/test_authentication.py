"""The principal that credentials are authenticated as, and the rows that it sees."""

import uuid

from database.authentication import ANONYMOUS, Credentials, Principal
from database.reader import Reader
from models import Membership, Project, Task, Tenant, User
from models.ids import NIL_UUID, new_id, public_id
from models.membership import Role
from models.relations import table_of
from queries.lists import PageQuery, select_page
from queries.scope import visible
from services.core.unit_of_work import UnitOfWork
from tests.database.statement_helpers import SELECT_ALL_TASKS
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, ids_of, open_reader


def reader_for(app_fixture: AppFixture, user_id: uuid.UUID | None, tenant: str | None) -> Reader:
    """Return a reader with the credentials of a user."""
    return Reader(app_fixture.database, Credentials(user_id, tenant))


async def count_visible(reader: Reader) -> tuple[Principal, int, int, int, int]:
    """Return the principal, and the counts of tasks, users, tenants and memberships that it sees."""
    principal = await reader.principal()
    counts = [
        len(await reader.rows(select_page(model, PageQuery(size=100)))) for model in (Task, User, Tenant, Membership)
    ]
    await reader.release()
    tasks, users, tenants, memberships = counts
    return principal, tasks, users, tenants, memberships


async def test_unknown_user_is_anonymous_and_sees_nothing(app_with_dataset: AppFixture) -> None:
    tenants = (None, "", "here", "there", public_id("tenant", app_with_dataset.tenant.id))
    for user_id in (None, NIL_UUID, new_id(), app_with_dataset.tenant.id):
        for tenant in tenants:
            assert await count_visible(reader_for(app_with_dataset, user_id, tenant)) == (ANONYMOUS, 0, 0, 0, 0), (
                user_id,
                tenant,
            )


async def test_inactive_user_is_anonymous_and_sees_nothing(app_with_dataset: AppFixture) -> None:
    member = app_with_dataset.tenant.users[Role.MEMBER]
    reader = reader_for(app_with_dataset, member.id, "here")
    assert (await count_visible(reader))[1] == len(DATASET.tasks)

    async def deactivate(work: UnitOfWork) -> None:
        (await work.get_for_update(User, member.id)).is_active = False

    await app_with_dataset.tenant.run_use_case(deactivate)
    assert await count_visible(reader) == (ANONYMOUS, 0, 0, 0, 0)
    assert (await app_with_dataset.tenant.client()("{ tasks { nodes { id } } }")).error_codes == ["UNAUTHENTICATED"]


async def test_member_is_authenticated_with_slug_or_id_of_tenant(app_with_dataset: AppFixture) -> None:
    for role, user in app_with_dataset.tenant.users.items():
        for tenant in ("here", public_id("tenant", app_with_dataset.tenant.id)):
            principal, *counts = await count_visible(reader_for(app_with_dataset, user.id, tenant))
            assert principal == Principal(user.id, app_with_dataset.tenant.id, role)
            assert counts == [len(DATASET.tasks), 3, 1, 3]


async def test_non_member_of_a_tenant_sees_only_their_own_user(app_with_dataset: AppFixture) -> None:
    member = app_with_dataset.tenant.users[Role.OWNER]
    other_tenants = [
        "there",
        public_id("tenant", app_with_dataset.other_tenant.id),
        None,
        "",
        "HERE",
        " here",
        "here ",
        "h",
        "here\n",
    ]
    invalid_tenants = [
        "' OR true --",
        "%",
        "_" * 4,
        "x" * 10_000,
        "tenant_",
        f"tenant_{app_with_dataset.tenant.id}",
        "😀",
        "tenant_" + "0" * 32,
    ]
    for tenant in (*other_tenants, *invalid_tenants):
        assert await count_visible(reader_for(app_with_dataset, member.id, tenant)) == (
            Principal(member.id),
            0,
            1,
            1,
            1,
        ), tenant


async def test_tenant_with_characters_invalid_in_postgresql_does_not_exist(app_with_dataset: AppFixture) -> None:
    member = app_with_dataset.tenant.users[Role.MEMBER]
    for tenant in ("\0", "here\0", "he\0re", "here\ud800", "\udfff"):
        assert (await count_visible(reader_for(app_with_dataset, member.id, tenant)))[0] == Principal(member.id)


async def test_removed_membership_takes_effect_in_the_next_transaction(app_with_dataset: AppFixture) -> None:
    member = app_with_dataset.tenant.users[Role.MEMBER]
    async with open_reader(app_with_dataset.tenant) as reader:
        assert (await reader.principal()).role is Role.MEMBER

        async def delete_membership(work: UnitOfWork) -> None:
            memberships = table_of(Membership)
            statement = memberships.delete().where(visible(memberships), memberships.c.user_id == member.id)
            await work.rows(statement.returning(memberships.c.id))

        await app_with_dataset.tenant.run_use_case(delete_membership)
        await reader.release()
        assert await count_visible(reader) == (Principal(member.id), 0, 1, 0, 0)


async def test_superuser_sees_no_more_of_a_tenant_than_other_users(app_with_dataset: AppFixture) -> None:
    superuser = User(email="root@x.test", full_name="Root", is_superuser=True)
    await app_with_dataset.tenant.run_use_case(lambda work: work.add(superuser))
    principal, *counts = await count_visible(reader_for(app_with_dataset, superuser.id, "here"))
    assert principal == Principal(superuser.id, is_superuser=True)
    assert counts == [0, 1, 0, 0]


async def test_member_of_two_tenants_sees_one_at_a_time(app_with_dataset: AppFixture) -> None:
    user = User(email="both@x.test", full_name="Both")

    async def join(work: UnitOfWork) -> None:
        await work.add(user)
        for tenant in app_with_dataset.tenants.values():
            await work.add(Membership(tenant_id=tenant.id, user_id=user.id, role=Role.ADMIN))

    await app_with_dataset.tenant.run_use_case(join)
    for tenant in app_with_dataset.tenants.values():
        reader = reader_for(app_with_dataset, user.id, tenant.slug)
        rows = [*await reader.rows(SELECT_ALL_TASKS), *await reader.rows(select_page(Project, PageQuery(size=100)))]
        assert {row.tenant_id for row in rows} == {tenant.id}
        assert set(ids_of(await reader.rows(select_page(User, PageQuery(size=100))))) >= {
            user.id,
            *ids_of(list(tenant.users.values())),
        }
        await reader.release()
        assert (await count_visible(reader))[2:] == (4, 2, 5)
