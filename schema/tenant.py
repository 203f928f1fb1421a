"""Tenants in the contract."""

import strawberry

from models import Tenant
from resolvers import tenant
from schema.derive import shows, type_of
from schema.mutations import changes, mutation, row
from schema.node import Node
from schema.relations import many
from schema.roots import root
from services.access import Access


@shows(Tenant, "id", "name", "slug", "created_at", "updated_at", "version")
class TenantType(Node):
    members = many(Tenant, "members")
    invitations = many(Tenant, "invitations")


@strawberry.type
class TenantQueries:
    tenant = root(
        tenant.current_tenant,
        type_of("tenant"),
        allows=Access.MEMBER,
        description="The current tenant: the one that the X-Tenant header names.",
    )


@strawberry.type
class TenantMutations:
    create_tenant = mutation(
        tenant.create_tenant,
        row("tenant"),
        allows=Access.USER,
        description="Create a tenant, and become its owner.",
    )
    update_tenant = changes(
        "tenant",
        tenant.update_tenant,
        allows=Access.OWNER_IN_PERSON,
        description="Change the current tenant.",
    )
    close_tenant = changes(
        "tenant",
        tenant.close_tenant,
        allows=Access.OWNER_IN_PERSON,
        description="Close the current tenant. From then on it is as if it were not there; its slug stays taken.",
    )
