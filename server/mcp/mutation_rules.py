"""Which operations an agent may run: mutations only with scopes that write their domains."""

from functools import cache

from graphql import GraphQLSchema

from database.authentication import MissingScope
from models.scopes import grants
from schema.requirements import root_field_requirements
from server.graphql.document_operation import DocumentOperation
from server.mcp.exchange import McpExchange
from services.core.access import Requirement, is_allowed
from services.core.errors import Forbidden

NEEDS_WRITE_SCOPE = (
    "Agents change data only with an API key that has a scope to write, such as WORK_WRITE. Tokens of users, and "
    "keys without scopes, only read here."
)


def check_mutations(schema: GraphQLSchema, operation: DocumentOperation, exchange: McpExchange) -> None:
    """Raise Forbidden or MissingScope unless the scopes of the API key include all mutations of the operation.

    Mutations without a scope, such as to log in, need no role, and are not for agents."""
    if not exchange.may_write:
        raise Forbidden(NEEDS_WRITE_SCOPE)
    for node in operation.mutations():
        scope = _requirements(schema)[node.name.value].scope
        if scope is None:
            raise Forbidden(f"The mutation {node.name.value} is not available to agents.")
        if not grants(exchange.principal.scopes, scope):
            raise MissingScope(scope.name)


def find_refused_fields(schema: GraphQLSchema, operation: DocumentOperation, exchange: McpExchange) -> list[str]:
    """Return the root fields of an operation that the agent may not use."""
    names = (node.name.value for node in operation.root_fields())
    return [name for name in names if not _may_use(schema, name, exchange)]


def _may_use(schema: GraphQLSchema, name: str, exchange: McpExchange) -> bool:
    required = _requirements(schema).get(name)
    if required is None:  # introspection
        return True
    is_mutation = schema.mutation_type is not None and name in schema.mutation_type.fields
    if is_mutation and (not exchange.may_write or required.scope is None):
        return False
    return is_allowed(exchange.principal, required)


@cache
def _requirements(schema: GraphQLSchema) -> dict[str, Requirement]:
    return root_field_requirements(schema)
