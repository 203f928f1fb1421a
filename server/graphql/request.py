"""A GraphQL request, independent of the transport that carries it."""

from typing import Any, NamedTuple

from server.graphql.variable_limits import check_variables
from services.core.errors import BadInput


class GraphQLRequest(NamedTuple):
    """The document, the operation to execute in it, and its variables."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


def parse_graphql_request(parameters: dict[str, Any]) -> GraphQLRequest:
    """Check the decoded parameters of a client; raise BadInput if one is missing, of the wrong type or too large.

    The type of `extensions` is checked, as the specification requires. No extension is supported."""
    query = parameters.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadInput("`query` must contain a GraphQL document.")
    variables = _optional(parameters, "variables", dict)
    if variables:
        check_variables(variables)
    _optional(parameters, "extensions", dict)
    return GraphQLRequest(query, variables, _optional(parameters, "operationName", str))


def _optional(parameters: dict[str, Any], name: str, expected_type: type) -> Any:
    value = parameters.get(name)
    if value is not None and not isinstance(value, expected_type):
        type_name = "an object" if expected_type is dict else "a string"
        raise BadInput(f"`{name}` must be {type_name}, or be omitted.")
    return value
