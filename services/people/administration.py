"""Administration of the users and tenants of the whole server, by superusers and by commands of the operator."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from models import Session, Tenant, User
from models.base import utc_now
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.key_list import any_of, key_list_param
from queries.scope import visible
from services.core import records
from services.core.access import Access, require_access
from services.core.errors import Code, Problem, Rejected, check_list_size, not_found
from services.core.unit_of_work import UnitOfWork
from services.core.validation import normalize_email
from services.people.erasure import erase_users, revoke_invitations_by
from services.people.membership_locks import find_sole_owners, last_owner_problem, lock_users
from services.people.sign_in_events import EventSubject, record_sign_in_event

MAX_USERS = 1000
"""The number of users that one call may create or change."""


async def set_users_active(work: UnitOfWork, ids: Sequence[UUID], *, active: bool) -> Sequence[Any]:
    """Activate or deactivate users, all or none of them. Deactivation ends their sessions and revokes the invitations
    that they have sent."""
    check_count(ids, "ids")
    users = {user.id: user for user in await lock_users_and_principal(work, ids) if user.deleted_at is None}
    changed = [id for id in dict.fromkeys(ids) if id in users and users[id].is_active is not active]
    indispensable = set() if active else await _find_indispensable(work, changed)
    problems = list(_find_problems(work, ids, set(users), indispensable))
    if problems:
        raise Rejected(*problems)
    condition, before = any_of(table_of(User).c.id, key_list_param(changed)), {"is_active": not active}
    await work.update_all(User, condition, before, server_wide=True, is_active=active)
    if not active:
        await _end_sessions(work, changed)
        await revoke_invitations_by(work, changed)
    return await _load_users(work, ids)


async def delete_user(work: UnitOfWork, id: UUID) -> UUID:
    """Erase a user's personal data; what the user created is not deleted. A second call changes nothing."""
    user = next((user for user in await lock_users_and_principal(work, [id]) if user.id == id), None)
    if user is None:
        raise not_found("id")
    if user.deleted_at is None:
        if problem := _indispensable_problem(work, id, await _find_indispensable(work, [id]), "id"):
            raise Rejected(problem)
        await erase_users(work, [user])
    return id


async def reopen_tenant(work: UnitOfWork, id: UUID, expected_version: int | None) -> Tenant:
    """Reopen a closed tenant; one that is open is not changed. Rejected while a command imports or erases its data, and
    after it was erased."""
    await lock_users_and_principal(work, [])
    table = table_of(Tenant)
    query = select(table).where(visible(table, server_wide=True), table.c.id == id).with_for_update()
    tenants = await work.entities(Tenant, query)
    if not tenants:
        raise not_found("id")
    tenant: Tenant = tenants[0]
    records.check_version(tenant, expected_version)
    if tenant.locked_at is not None or tenant.erased_at is not None:
        message = "Its data was erased." if tenant.erased_at is not None else "A command imports or erases its data."
        raise Rejected(Problem(Code.WRONG_STATUS, ("id",), message), current=tenant)
    tenant.closed_at = None
    await work.flush()
    return tenant


@dataclass(frozen=True)
class PurgeResult:
    """The result of one batch: the last id examined (None at the end), the number of users deleted, and the addresses
    of those skipped because they are the last owner of a tenant."""

    last_id: UUID | None
    deleted: int
    skipped: list[str]


@dataclass(frozen=True)
class InactiveDeletion:
    """The users of one batch that were deleted, and those that were not because they are the last owner of a tenant.
    `last_id` is that of the last user examined; None if there are no others."""

    deleted_ids: list[UUID]
    skipped: list[Any]
    last_id: UUID | None


async def delete_inactive_users(work: UnitOfWork, before: datetime.datetime, after: UUID) -> InactiveDeletion:
    """Erase the next batch of users, as `purge_inactive` does, on behalf of a superuser."""
    ids = await _find_inactive(work, before, after)
    locked = await lock_users_and_principal(work, ids)
    users = [user for user in locked if user.id in set(ids) and not user.is_active and user.deleted_at is None]
    sole_owners = await find_sole_owners(work, [user.id for user in users])
    deleted = [user for user in users if user.id not in sole_owners]
    if deleted:
        await erase_users(work, deleted)
    skipped = [user for user in users if user.id in sole_owners]
    return InactiveDeletion([user.id for user in deleted], skipped, ids[-1] if len(ids) == MAX_USERS else None)


async def _find_inactive(work: UnitOfWork, before: datetime.datetime, after: UUID) -> list[UUID]:
    """Return the ids of the next users who are inactive and unchanged since before a time."""
    user = table_of(User)
    inactive = (~user.c.is_active, user.c.deleted_at.is_(None), user.c.updated_at < before, user.c.id > after)
    query = select(user.c.id).where(*inactive).order_by(user.c.id).limit(MAX_USERS)
    return [row.id for row in await work.rows(query)]


async def purge_inactive(work: UnitOfWork, before: datetime.datetime, after: UUID, *, dry_run: bool) -> PurgeResult:
    """Delete the next batch of users who are inactive and unchanged since before a time; a dry run only counts them."""
    ids = await _find_inactive(work, before, after)
    users = [user for user in await lock_users(work, ids) if not user.is_active and user.deleted_at is None]
    sole_owners = await find_sole_owners(work, [user.id for user in users])
    deletable = [user for user in users if user.id not in sole_owners]
    if not dry_run:
        await erase_users(work, deletable)
    skipped = [user.email for user in users if user.id in sole_owners]
    return PurgeResult(ids[-1] if ids else None, len(deletable), skipped)


async def verify_email(work: UnitOfWork, email: str) -> bool:
    """Mark the address of a user as verified, on behalf of the operator, who vouches for it. Return whether there is
    such a user."""
    table = table_of(User)
    users = await work.entities(User, select(table).where(table.c.email == normalize_email(email)).with_for_update())
    for user in users:
        if user.email_verified_at is None:
            user.email_verified_at = utc_now()
            await work.flush()
            await record_sign_in_event(work, SignInEventKind.EMAIL_VERIFIED_BY_OPERATOR, EventSubject(user.id))
    return bool(users)


def check_count(items: Sequence[Any], *field: str) -> None:
    """Reject an empty list, and one that is too long."""
    check_list_size(items, MAX_USERS, "user", *field)


async def lock_users_and_principal(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """Lock these users and the principal, who may have lost superuser rights since the authentication."""
    principal_id = work.principal.user_id
    users = await lock_users(work, [*ids, *([principal_id] if principal_id else [])])
    is_superuser = any(user.id == principal_id and user.is_active and user.is_superuser for user in users)
    work.principal = replace(work.principal, is_superuser=is_superuser)
    require_access(work.principal, Access.SUPERUSER)
    return users


async def _find_indispensable(work: UnitOfWork, ids: Sequence[UUID]) -> set[UUID | None]:
    """Return the users who must stay active: the principal, and the last owners of tenants."""
    return {work.principal.user_id, *await find_sole_owners(work, ids)}


def _find_problems(
    work: UnitOfWork, ids: Sequence[UUID], existing: set[UUID], indispensable: set[UUID | None]
) -> Iterator[Problem]:
    for position, id in enumerate(ids):
        field = ("ids", str(position))
        if id not in existing:
            yield from not_found(*field).problems
        elif problem := _indispensable_problem(work, id, indispensable, *field):
            yield problem


def _indispensable_problem(work: UnitOfWork, id: UUID, indispensable: set[UUID | None], *field: str) -> Problem | None:
    if id == work.principal.user_id and id in indispensable:
        return Problem(Code.INVALID, field, "You cannot deactivate or delete your own user.")
    return last_owner_problem(*field) if id in indispensable else None


async def _end_sessions(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    session, id_list = table_of(Session), key_list_param(ids)
    of_users = or_(any_of(session.c.user_id, id_list), any_of(session.c.impersonator_id, id_list))
    await work.update_all(Session, of_users, {"revoked_at": None}, server_wide=True, revoked_at=utc_now())


async def _load_users(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """Load these users in this order."""
    user = table_of(User)
    query = select(user).where(visible(user, server_wide=True), any_of(user.c.id, key_list_param(ids)))
    users = {user.id: user for user in await work.entities(User, query)}
    return [users[id] for id in dict.fromkeys(ids)]
