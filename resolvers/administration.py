"""What superusers do with the people of the whole server."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from resolvers.context import Context
from resolvers.unpack import given, key
from schema.inputs.arguments import Id
from schema.inputs.user import Active, NewUserInput, UserIds
from services import administration, enrolment
from services.access import Access
from services.errors import InPart
from services.unit_of_work import UnitOfWork


async def set_users_active(context: Context, ids: UserIds, active: Active) -> Sequence[Any]:
    keys = [key("user", id) for id in ids]
    return await context.write(
        Access.SUPERUSER, lambda work: administration.set_users_active(work, keys, active=active)
    )


async def bulk_create_users(context: Context, input: list[NewUserInput]) -> InPart:
    tools, rows = context.tools, [given(row) for row in input]
    return await context.write(
        Access.SUPERUSER, lambda work: enrolment.bulk_create_users(work, tools.mailer, tools.letters, rows)
    )


async def delete_user(work: UnitOfWork, id: Id) -> UUID:
    return await administration.delete_user(work, key("user", id))
