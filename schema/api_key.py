"""API keys in the contract."""

import strawberry

from models import ApiKey
from resolvers import api_key
from schema.connection import connection_of
from schema.derive import shows, type_of
from schema.mutations import changes, mutation, shown
from schema.node import Node
from schema.relations import one
from schema.roots import listing
from services.access import Access


@shows(
    ApiKey,
    *("id", "name", "role", "prefix", "expires_at", "last_used_at", "revoked_at"),
    *("created_at", "updated_at", "version"),
)
class ApiKeyType(Node):
    created_by = one(ApiKey, "created_by")


ApiKeyConnection = connection_of("api_key")


@strawberry.type
class ApiKeyQueries:
    api_keys = listing("api_key", allows=Access.OWNER_IN_PERSON, description="All API keys of the tenant.")


@strawberry.type
class ApiKeyMutations:
    create_api_key = mutation(
        api_key.create_api_key,
        {
            "api_key": shown(type_of("api_key"), lambda new: new.api_key, "The key; null if nothing was done."),
            "secret": shown(
                str, lambda new: new.secret, "Send it as `Authorization: Bearer …`. It is shown this once."
            ),
        },
        allows=Access.OWNER_IN_PERSON,
        secret=True,
        description="Make an API key for a program that acts in this tenant.",
    )
    revoke_api_key = changes(
        "api_key", api_key.revoke_api_key, allows=Access.OWNER_IN_PERSON, description="Have an API key count no more."
    )
