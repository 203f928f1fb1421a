"""Who a caller turns out to be, and what they see by that."""

import uuid

from models import Membership, Project, Task, Tenant, User
from models.ids import NOWHERE, new_id, public_id
from models.membership import Role
from models.relations import table_of
from queries.caller import NOBODY, Actor, Caller
from queries.lists import Ask, listed
from queries.reader import Reader
from queries.scope import visible
from services.unit_of_work import UnitOfWork
from tests.queries.connections import ALL_TASKS
from tests.queries.garden import GARDEN, ids, reading
from tests.support.world import World


def reader_for(world: World, user_id: uuid.UUID | None, tenant: str | None) -> Reader:
    """Reads as anybody."""
    return Reader(world.database.reading, Caller(user_id, tenant))


async def seen(reader: Reader) -> tuple[Actor, int, int, int, int]:
    """Who the caller turns out to be, and how many tasks, users, tenants and memberships they see."""
    actor = await reader.actor()
    numbers = [len(await reader.rows(listed(model, Ask(size=100)))) for model in (Task, User, Tenant, Membership)]
    await reader.release()
    tasks, users, tenants, memberships = numbers
    return actor, tasks, users, tenants, memberships


async def test_who_is_unknown_is_nobody_and_sees_nothing(planted: World) -> None:
    tenants = (None, "", "here", "there", public_id("tenant", planted.here.tenant_id))
    for user_id in (None, NOWHERE, new_id(), planted.here.tenant_id):
        for tenant in tenants:
            assert await seen(reader_for(planted, user_id, tenant)) == (NOBODY, 0, 0, 0, 0), (user_id, tenant)


async def test_who_is_inactive_is_nobody_and_sees_nothing(planted: World) -> None:
    member = planted.here.users[Role.MEMBER]
    reader = reader_for(planted, member.id, "here")
    assert (await seen(reader))[1] == len(GARDEN.tasks)

    async def deactivate(work: UnitOfWork) -> None:
        (await work.get(User, member.id)).is_active = False

    await planted.here.make(deactivate)
    assert await seen(reader) == (NOBODY, 0, 0, 0, 0)
    assert (await planted.here.client()("{ tasks { nodes { id } } }")).codes == ["UNAUTHENTICATED"]


async def test_a_member_is_found_by_the_slug_of_the_tenant_and_by_its_id(planted: World) -> None:
    for role, user in planted.here.users.items():
        for tenant in ("here", public_id("tenant", planted.here.tenant_id)):
            actor, *numbers = await seen(reader_for(planted, user.id, tenant))
            assert actor == Actor(user.id, planted.here.tenant_id, role)
            assert numbers == [len(GARDEN.tasks), 3, 1, 3]


async def test_who_is_no_member_of_the_tenant_sees_only_themselves(planted: World) -> None:
    member = planted.here.users[Role.OWNER]
    others = ["there", public_id("tenant", planted.there.tenant_id), None, "", "HERE", " here", "here ", "h", "here\n"]
    hostile = [
        "' OR true --",
        "%",
        "_" * 4,
        "x" * 10_000,
        "tenant_",
        f"tenant_{planted.here.tenant_id}",
        "😀",
        "tenant_" + "0" * 32,
    ]
    for tenant in (*others, *hostile):
        assert await seen(reader_for(planted, member.id, tenant)) == (Actor(member.id), 0, 1, 1, 1), tenant


async def test_a_tenant_in_letters_that_no_database_takes_is_none(planted: World) -> None:
    member = planted.here.users[Role.MEMBER]
    for tenant in ("\0", "here\0", "he\0re", "here\ud800", "\udfff"):
        assert (await seen(reader_for(planted, member.id, tenant)))[0] == Actor(member.id)


async def test_who_is_no_member_any_more_is_found_out_at_the_next_transaction(planted: World) -> None:
    member = planted.here.users[Role.MEMBER]
    async with reading(planted.here) as reader:
        assert (await reader.actor()).role is Role.MEMBER

        async def dismiss(work: UnitOfWork) -> None:
            memberships = table_of(Membership)
            gone = memberships.delete().where(visible(memberships), memberships.c.user_id == member.id)
            await work.rows(gone.returning(memberships.c.id))

        await planted.here.make(dismiss)
        await reader.release()
        assert await seen(reader) == (Actor(member.id), 0, 1, 0, 0)


async def test_a_superuser_is_known_as_one_and_sees_no_more_of_a_tenant_than_others(planted: World) -> None:
    stranger = User(email="root@x.test", full_name="Root", is_superuser=True)
    await planted.here.make(lambda work: work.add(stranger))
    actor, *numbers = await seen(reader_for(planted, stranger.id, "here"))
    assert actor == Actor(stranger.id, is_superuser=True)
    assert numbers == [0, 1, 0, 0]


async def test_a_member_of_two_tenants_sees_one_at_a_time(planted: World) -> None:
    both = User(email="both@x.test", full_name="Both")

    async def join(work: UnitOfWork) -> None:
        await work.add(both)
        for plot in planted.plots.values():
            await work.add(Membership(tenant_id=plot.tenant_id, user_id=both.id, role=Role.ADMIN))

    await planted.here.make(join)
    for plot in planted.plots.values():
        reader = reader_for(planted, both.id, plot.slug)
        rows = [*await reader.rows(ALL_TASKS), *await reader.rows(listed(Project, Ask(size=100)))]
        assert {row.tenant_id for row in rows} == {plot.tenant_id}
        assert set(ids(await reader.rows(listed(User, Ask(size=100))))) >= {both.id, *ids(list(plot.users.values()))}
        await reader.release()
        assert (await seen(reader))[2:] == (4, 2, 5)
