"""Administration of all users and tenants of the server by superusers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from inputs.arguments import ExpectedVersion, Id
from inputs.user import Active, AfterUser, ChangedBefore, NewUserInput, UserBy, UserIds
from models import Tenant
from models.ids import NIL_UUID
from resolvers.context import Context
from resolvers.keys import load_own_or_any_by_key
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access
from services.core.errors import PartialResult
from services.core.unit_of_work import UnitOfWork
from services.people import administration, bulk_user_creation


async def find_user(context: Context, by: UserBy) -> Any:
    return await load_own_or_any_by_key(context, "user", by)


async def set_users_active(context: Context, ids: UserIds, active: Active) -> Sequence[Any]:
    user_ids = [decode_id("user", id) for id in ids]
    return await context.write(
        Access.SUPERUSER, lambda work: administration.set_users_active(work, user_ids, active=active)
    )


async def bulk_create_users(context: Context, input: list[NewUserInput]) -> PartialResult:
    services, rows = context.services, [provided_fields(row) for row in input]
    return await context.write(
        Access.SUPERUSER,
        lambda work: bulk_user_creation.bulk_create_users(work, services.mailer, services.email_templates, rows),
    )


async def delete_user(work: UnitOfWork, id: Id) -> UUID:
    return await administration.delete_user(work, decode_id("user", id))


async def reopen_tenant(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Tenant:
    return await administration.reopen_tenant(work, decode_id("tenant", id), expected_version)


async def delete_inactive_users(
    work: UnitOfWork, before: ChangedBefore, after: AfterUser = None
) -> administration.InactiveDeletion:
    start = NIL_UUID if after is None else decode_id("user", after)
    return await administration.delete_inactive_users(work, before, start)
