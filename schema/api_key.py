"""API key: type, queries and mutations."""

from typing import Any

import strawberry

from inputs.dynamic_types import field
from inputs.enums import register_enum
from models import ApiKey
from models.scopes import ApiKeyScope, Domain
from resolvers import api_key
from schema.arguments import INFO, PARENT, with_signature
from schema.connection import connection_type
from schema.derive import field_description, lazy_type, object_type
from schema.fields import computed_field
from schema.mutations import TransactionRefusal, mutation, payload_field, row_mutation
from schema.node import Node
from schema.relations import history_field, to_one
from schema.requirements import root_field_requirements
from schema.root_fields import list_field, root_field
from schema.sources import READS_PARENT_ONLY
from services.core.access import Access

_SCOPE: Any = register_enum(ApiKeyScope)


async def _resolve_permissions(root: Any, info: Any) -> Any:
    return await api_key.load_permissions(info.context, root, root_field_requirements(info.schema._schema))


@object_type(
    ApiKey,
    *("id", "name", "role", "prefix", "expires_at", "last_used_at", "revoked_at"),
    *("created_at", "updated_at", "version"),
)
class ApiKeyType(Node):
    created_by = to_one(ApiKey, "created_by")
    scopes = computed_field(
        lambda row: None if row.scopes is None else [ApiKeyScope[name] for name in row.scopes.split()],
        list[_SCOPE] | None,
        field_description(ApiKey, "scopes"),
        "scopes",
    )
    permissions = field(
        resolver=with_signature(_resolve_permissions, PARENT, INFO),
        graphql_type=list[str] | None,
        description="The queries and mutations that the API key of this request may use; null for other keys.",
        metadata=READS_PARENT_ONLY,
    )
    history = history_field()


ApiKeyConnection = connection_type("api_key")


@strawberry.type
class ApiKeyQueries:
    current_api_key = root_field(
        api_key.current_api_key,
        lazy_type("api_key"),
        access=Access.MEMBER,
        domain=Domain.ANY,
        description="The API key of this request, with what it may do; null for users.",
    )
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
        confirmed=True,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Create an API key for a program that acts in the current tenant. It requires a verified email "
        "address.",
    )
    revoke_api_key = row_mutation(
        "api_key",
        api_key.revoke_api_key,
        access=Access.OWNER_USER_ONLY,
        description="Revoke an API key: it no longer authenticates.",
    )
