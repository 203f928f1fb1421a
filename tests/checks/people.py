"""What holds for operations on people, keys and tenants, and for secrets. Each line answered is a breach."""

from collections.abc import Iterator

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type

from schema.mutations import RETURNS_SECRETS
from schema.roots import ACCESS
from services.access import Access

PEOPLE = frozenset({"ApiKey", "Invitation", "Membership", "Session", "Tenant", "User"})
"""What only a person may change, never a program with a key; but for those who have yet to sign in."""
SECRETS = frozenset({"accessToken", "refreshToken", "secret", "token"})


def impersonal(schema: GraphQLSchema) -> list[str]:
    """Mutations that answer people, memberships, sessions, tenants or keys, and let API keys do them."""
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    found = []
    for name, field in fields.items():
        access: Access = field.extensions[ACCESS]
        if _parts(get_named_type(field.type)) & PEOPLE and not (access.in_person or access is Access.PUBLIC):
            found.append(f"{name}: it is for {access.name}, and takes a person: say {access.name}_IN_PERSON")
    return found


def _parts(payload: GraphQLNamedType) -> set[str]:
    fields = payload.fields.values() if isinstance(payload, GraphQLObjectType) else ()
    return {get_named_type(each.type).name for each in fields}


def secretive(schema: GraphQLSchema) -> list[str]:
    """Mutations that answer secrets and do not say so, or say so and do not."""
    return list(_secretive(schema))


def _secretive(schema: GraphQLSchema) -> Iterator[str]:
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    for name, field in fields.items():
        payload = get_named_type(field.type)
        tells = isinstance(payload, GraphQLObjectType) and bool(SECRETS & set(payload.fields))
        if tells != field.extensions.get(RETURNS_SECRETS):
            yield f"{name}: it {'answers' if tells else 'does not answer'} secrets; declare it so (secret=)"
