"""References to members, such as the account of a worker: they are cleared when a membership ends."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from models.references import list_member_references
from queries.members import select_memberships_for_update
from services.core import records
from services.core.unit_of_work import UnitOfWork


async def clear_member_references(work: UnitOfWork, user_ids: Sequence[UUID]) -> None:
    """Clear the references to these members of the current tenant, whose memberships are locked FOR UPDATE: nothing can
    refer to them any more."""
    for reference in list_member_references():
        await records.clear_references(work, reference.model, reference.column, user_ids)


async def clear_references_in_all_tenants(work: UnitOfWork, user_ids: Sequence[UUID]) -> None:
    """Lock all memberships of these users, and clear the references to them. Row-level security shows the rows of one
    tenant at a time."""
    rows = await work.rows(select_memberships_for_update(), keys=list(user_ids))
    for tenant, members in groupby(rows, attrgetter("tenant")):
        async with work.in_tenant(tenant):
            await clear_member_references(work, [row.user_id for row in members])
