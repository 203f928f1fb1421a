"""Tenant: type, queries and mutations."""

import strawberry

from models import Tenant
from models.scopes import Domain
from resolvers import tenant
from schema.connection import connection_type
from schema.derive import lazy_type, object_type
from schema.mutations import TransactionRefusal, mutation, row_field, row_mutation
from schema.node import Node
from schema.relations import history_field, to_many
from schema.root_fields import root_field
from schema.sources import past_rows, rows_of, unknown_with
from services.core.access import Access


@object_type(
    Tenant, "id", "name", "slug", "language", "require_two_factor", "closed_at", "created_at", "updated_at", "version"
)
class TenantType(Node):
    members = to_many(Tenant, "members")
    invitations = to_many(Tenant, "invitations")
    history = history_field()


TenantConnection = connection_type("tenant")


@strawberry.type
class TenantQueries:
    tenant = root_field(
        tenant.find_tenant,
        lazy_type("tenant"),
        access=Access.MEMBER,
        domain=Domain.PEOPLE,
        access_with={"by": Access.USER},
        sources=rows_of("tenant", by_argument={"by": unknown_with, "asOf": past_rows}),
        description="The current tenant, which the X-Tenant header names. With `by`, which needs no such header, one "
        "of the tenants that you are a member of; null for all others, whether or not they exist.",
    )


@strawberry.type
class TenantMutations:
    create_tenant = mutation(
        tenant.create_tenant,
        row_field("tenant"),
        access=Access.USER,
        refusal=TransactionRefusal.SEVERAL_TRANSACTIONS,
        description="Create a tenant and become its owner.",
    )
    update_tenant = row_mutation(
        "tenant",
        tenant.update_tenant,
        access=Access.OWNER_USER_ONLY,
        description="Update the current tenant.",
    )
    close_tenant = row_mutation(
        "tenant",
        tenant.close_tenant,
        access=Access.OWNER_USER_ONLY,
        confirmed=True,
        description="Close the current tenant. It becomes inaccessible; its slug stays reserved.",
    )
