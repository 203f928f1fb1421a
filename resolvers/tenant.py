"""Tenants: the current one, and changes to them."""

from typing import Any

from dataloaders.current import Current
from models import Tenant
from models.ids import NOWHERE
from resolvers.context import Context
from resolvers.unpack import given, key
from schema.inputs.arguments import ExpectedVersion, Id
from schema.inputs.tenant import CreateTenantInput, UpdateTenantInput
from services import tenant, throttle
from services.access import Access
from services.unit_of_work import UnitOfWork


async def current_tenant(context: Context) -> Any:
    return await context.loaders.get(Current, "tenant").load(NOWHERE)


async def create_tenant(context: Context, input: CreateTenantInput) -> Tenant:
    await context.charge(throttle.CREATE_TENANT.of(str(context.user_id)))
    return await context.write(Access.USER, lambda work: tenant.create_tenant(work, given(input)))


async def update_tenant(
    work: UnitOfWork, id: Id, input: UpdateTenantInput, expected_version: ExpectedVersion = None
) -> Tenant:
    return await tenant.update_tenant(work, key("tenant", id), given(input), expected_version)


async def close_tenant(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Tenant:
    return await tenant.close_tenant(work, key("tenant", id), expected_version)
