"""Tenants in the contract."""

from models import Tenant
from schema.derive import shows
from schema.node import Node


@shows(Tenant, "id", "name", "slug", "created_at", "updated_at", "version")
class TenantType(Node): ...
