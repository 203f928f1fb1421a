"""Who is who in a tenant, held still: whatever changes that takes turns, and finds things as the one before left them.

Locks are taken in one order, so that nobody waits in a circle: people by their ids, then tenants by theirs, then what
is in the tenant.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import Membership, Tenant, User
from models.membership import Role
from models.relations import table_of
from queries.caller import Actor
from queries.keys import among, these
from queries.scope import current, visible
from services.access import Access, require
from services.errors import Code, Forbidden, Problem, Refused, Unauthenticated
from services.unit_of_work import UnitOfWork

OWNER = Role.OWNER


async def hold_tenant(work: UnitOfWork, access: Access) -> None:
    """Until the end, nobody else changes who is who in the current tenant. Forbidden when the actor, who may have had
    to wait for that, is not what they must be any more."""
    tenant = table_of(Tenant)
    held = select(tenant.c.id).where(visible(tenant), current(tenant)).with_for_update(key_share=True)
    still_open = await work.rows(held)
    work.actor = replace(work.actor, role=await _own_role(work) if still_open else None)
    require(work.actor, access)


async def _own_role(work: UnitOfWork) -> Role | None:
    member = table_of(Membership)
    own = select(member.c.role).where(visible(member), current(member), member.c.user_id == work.actor.user_id)
    found = await work.rows(own)
    return found[0].role if found else None


async def hold_oneself(work: UnitOfWork) -> User:
    """The actor, whom nobody makes inactive until the end; Unauthenticated when somebody has."""
    user: User | None = await work.find(User, work.actor.user_id) if work.actor.user_id else None
    if user is None or not user.is_active:
        raise Unauthenticated("Sign in again.")
    return user


async def hold_people(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """These people, and until the end nobody else changes them, their places, or who is who where they have one."""
    user, member, tenant = table_of(User), table_of(Membership), table_of(Tenant)
    columns = (user.c.id, user.c.email, user.c.is_active, user.c.is_superuser, user.c.deleted_at)
    held = select(*columns).where(among(user.c.id, these(ids))).order_by(user.c.id).with_for_update(key_share=True)
    people = await work.rows(held)
    theirs = select(member.c.tenant_id).where(among(member.c.user_id, these(ids)))
    places = select(tenant.c.id).where(tenant.c.id.in_(theirs)).order_by(tenant.c.id)
    await work.rows(places.with_for_update(key_share=True))
    return people


async def require_other_owner(work: UnitOfWork, user_id: UUID, *field: str) -> None:
    """Refused unless the current tenant, which is held, has another owner who can sign in."""
    member, user = table_of(Membership), table_of(User)
    both = member.join(user, user.c.id == member.c.user_id)
    others = select(member.c.id).select_from(both).where(visible(member), visible(user), current(member))
    found = await work.rows(
        others.where(member.c.role == OWNER, member.c.user_id != user_id, user.c.is_active).limit(1)
    )
    if not found:
        raise Refused(last_owner(*field))


async def sole_owners(work: UnitOfWork, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these people, who are held, without whom together an open tenant would be without an owner."""
    member, tenant = table_of(Membership), table_of(Tenant)
    other, user = table_of(Membership).alias(), table_of(User)
    remaining = select(other.c.id).join_from(other, user, user.c.id == other.c.user_id)
    remaining = remaining.where(other.c.tenant_id == member.c.tenant_id, other.c.role == Role.OWNER)
    remaining = remaining.where(user.c.is_active, ~among(other.c.user_id, these(ids)))
    owners = select(member.c.user_id).join_from(member, tenant, tenant.c.id == member.c.tenant_id)
    owners = owners.where(
        among(member.c.user_id, these(ids)), member.c.role == Role.OWNER, tenant.c.closed_at.is_(None)
    )
    return {row.user_id for row in await work.rows(owners.where(~remaining.exists()))}


def last_owner(*field: str) -> Problem:
    """Why an owner has to stay one."""
    return Problem(Code.LAST_OWNER, field, "A tenant must keep an owner who can sign in; make somebody else one first.")


def require_owner_for(actor: Actor, *roles: Role) -> None:
    """Forbidden unless none of these roles is an owner's, or the actor is one: admins leave owners alone."""
    if Role.OWNER in roles and actor.role is not Role.OWNER:
        raise Forbidden("Only an owner of the tenant may make, change or remove owners.")
