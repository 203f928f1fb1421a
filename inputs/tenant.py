"""Inputs of tenants."""

from inputs.derive import create_input, update_input
from models import Tenant


@create_input(Tenant, "name", "slug", "language")
class CreateTenantInput: ...


@update_input(Tenant, "name", "slug", "language")
class UpdateTenantInput: ...
