"""Rules for operations on people, keys and tenants, and for secrets. Each function returns the violations."""

from collections.abc import Iterator

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type

from schema.mutations import RETURNS_SECRETS
from schema.requirements import ACCESS
from services.core.access import Access

PERSONAL_TYPES = frozenset(
    {"ApiKey", "Invitation", "LinkedIssuer", "Membership", "Passkey", "Session", "Tenant", "User"}
)
"""Types that only signed-in users may change, never API keys. Public mutations, such as register, are excepted."""
SECRET_FIELDS = frozenset({"accessToken", "options", "recoveryCodes", "refreshToken", "secret", "token"})
"""Fields of payloads that are secrets, or contain a challenge that is valid once."""


def available_to_api_keys(schema: GraphQLSchema) -> list[str]:
    """Return mutations of personal types that are available to API keys."""
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    violations = []
    for name, field in fields.items():
        access: Access = field.extensions[ACCESS]
        if _payload_types(get_named_type(field.type)) & PERSONAL_TYPES and not (
            access.requires_user or access is Access.PUBLIC
        ):
            violations.append(f"{name}: available to API keys; declare {access.name}_USER_ONLY")
    return violations


def _payload_types(payload: GraphQLNamedType) -> set[str]:
    fields = payload.fields.values() if isinstance(payload, GraphQLObjectType) else ()
    return {get_named_type(field.type).name for field in fields}


def wrongly_declared_secrets(schema: GraphQLSchema) -> list[str]:
    """Return mutations that do not declare correctly whether they return secrets: see their payload."""
    return list(_wrong_declarations(schema))


def _wrong_declarations(schema: GraphQLSchema) -> Iterator[str]:
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    for name, field in fields.items():
        payload = get_named_type(field.type)
        returns_secrets = isinstance(payload, GraphQLObjectType) and bool(SECRET_FIELDS & set(payload.fields))
        if returns_secrets != field.extensions.get(RETURNS_SECRETS):
            yield f"{name}: its payload and the refusal RETURNS_SECRETS disagree"
