"""API key: type, queries and mutations."""

import strawberry

from models import ApiKey
from resolvers import api_key
from schema.connection import connection_type
from schema.derive import lazy_type, object_type
from schema.mutations import TransactionRefusal, mutation, payload_field, row_mutation
from schema.node import Node
from schema.relations import history_field, to_one
from schema.root_fields import list_field
from services.core.access import Access


@object_type(
    ApiKey,
    *("id", "name", "role", "prefix", "expires_at", "last_used_at", "revoked_at"),
    *("created_at", "updated_at", "version"),
)
class ApiKeyType(Node):
    created_by = to_one(ApiKey, "created_by")
    history = history_field()


ApiKeyConnection = connection_type("api_key")


@strawberry.type
class ApiKeyQueries:
    api_keys = list_field(
        "api_key",
        access=Access.OWNER_USER_ONLY,
        description="All API keys of the current tenant, including revoked and expired ones.",
    )


@strawberry.type
class ApiKeyMutations:
    create_api_key = mutation(
        api_key.create_api_key,
        {
            "api_key": payload_field(
                lazy_type("api_key"), lambda created: created.api_key, "The API key; null if it was not created."
            ),
            "secret": payload_field(
                str,
                lambda created: created.secret,
                "The secret, to send as `Authorization: Bearer …`. It is returned only once.",
            ),
        },
        access=Access.OWNER_USER_ONLY,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Create an API key for a program that acts in the current tenant.",
    )
    revoke_api_key = row_mutation(
        "api_key",
        api_key.revoke_api_key,
        access=Access.OWNER_USER_ONLY,
        description="Revoke an API key: it no longer authenticates.",
    )
