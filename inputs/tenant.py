"""Inputs of tenants; filter and order of all tenants for superusers."""

from inputs.derive import create_input, update_input
from inputs.dynamic_types import optional_argument
from inputs.filter_types import filter_input
from inputs.keys import key_input
from inputs.order_by import order_input
from models import Tenant

TenantBy = optional_argument(
    key_input(Tenant, "TenantKey", "id", "slug"),
    "The id or the slug of a tenant that you are a member of, instead of the current tenant. Requires a signed-in "
    "user. Superusers find all tenants, also closed ones.",
)


@create_input(Tenant, "name", "slug", "language")
class CreateTenantInput: ...


@update_input(Tenant, "name", "slug", "language", "require_two_factor")
class UpdateTenantInput: ...


@filter_input(Tenant, "id", "name", "slug", "closed_at", "created_at", "updated_at")
class TenantWhere: ...


TenantOrder = order_input(Tenant, "id", "name", "slug", "closed_at", "created_at", "updated_at")
