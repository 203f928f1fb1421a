"""Tenants: the current one, create, update, close."""

from typing import Any

from dataloaders.rows import CurrentTenantLoader
from inputs.arguments import CurrentTenantId, ExpectedVersion, PastTime
from inputs.tenant import CreateTenantInput, TenantBy, UpdateTenantInput
from models import Tenant
from models.ids import NIL_UUID
from resolvers.context import Context
from resolvers.keys import load_own_or_any_by_key
from resolvers.past import load_past_tenant
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access
from services.core.errors import BadInput
from services.core.unit_of_work import UnitOfWork
from services.people import rate_limit, tenant


async def find_tenant(context: Context, by: TenantBy = None, as_of: PastTime = None) -> Any:
    if by is not None and as_of is not None:
        raise BadInput("Pass `asOf` without `by`: only the past of the current tenant can be read.")
    if by is not None:
        return await load_own_or_any_by_key(context, "tenant", by)
    if as_of is not None:
        return await load_past_tenant(context, as_of)
    return await context.loaders.get(CurrentTenantLoader, "tenant").load(NIL_UUID)


async def create_tenant(context: Context, input: CreateTenantInput) -> Tenant:
    await context.consume_rate_limit(rate_limit.CREATE_TENANT.attempt_by(str(context.user_id)))
    return await context.write(Access.USER, lambda work: tenant.create_tenant(work, provided_fields(input)))


async def update_tenant(
    work: UnitOfWork, id: CurrentTenantId, input: UpdateTenantInput, expected_version: ExpectedVersion = None
) -> Tenant:
    return await tenant.update_tenant(work, decode_id("tenant", id), provided_fields(input), expected_version)


async def close_tenant(work: UnitOfWork, id: CurrentTenantId, expected_version: ExpectedVersion = None) -> Tenant:
    return await tenant.close_tenant(work, decode_id("tenant", id), expected_version)
