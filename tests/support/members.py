"""Who is a member of what, as tests ask and arrange it."""

from collections.abc import Sequence

from sqlalchemy import select, update

from models import Membership, User
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from queries.caller import Caller
from services import people
from services.unit_of_work import perform
from tests.support.world import Plot, World


async def roles(plot: Plot) -> dict[str, Role]:
    """What each member of a tenant may do, by their address."""
    user, member = table_of(User), table_of(Membership)
    both = select(user.c.email, member.c.role).join_from(member, user, user.c.id == member.c.user_id)
    rows = await plot.world.read(both.where(member.c.tenant_id == plot.tenant_id))
    return {row.email: row.role for row in rows}


async def place_of(plot: Plot, user: User) -> str:
    """The id of somebody's membership, as clients see it."""
    member = table_of(Membership)
    its_id = select(member.c.id).where(member.c.tenant_id == plot.tenant_id, member.c.user_id == user.id)
    ((id,),) = await plot.world.read(its_id)
    return public_id("membership", id)


async def join(plot: Plot, email: str, role: Role, **values: object) -> User:
    """Somebody new in a tenant, signed in."""
    user = await plot.world.stranger(email, **values)
    add = lambda work: people.add_member(work, plot.tenant_id, user.id, role)  # noqa: E731
    await perform(plot.world.database.writing, Caller(), add)
    return user


async def set_active(world: World, users: Sequence[User], *, active: bool) -> None:
    """Past all rules."""
    user = table_of(User)
    ids = [each.id for each in users]
    await world.write(update(user).where(user.c.id.in_(ids)).values(is_active=active))


async def promote(world: World, user: User) -> None:
    """Make somebody a superuser."""
    table = table_of(User)
    await world.write(update(table).where(table.c.id == user.id).values(is_superuser=True))
