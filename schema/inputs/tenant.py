"""What clients send about tenants."""

from models import Tenant
from schema.inputs.derive import changes, creates


@creates(Tenant, "name", "slug")
class CreateTenantInput: ...


@changes(Tenant, "name", "slug")
class UpdateTenantInput: ...
