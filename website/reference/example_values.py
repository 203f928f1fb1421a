"""Values of variables in generated examples."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    get_named_type,
    is_list_type,
)

from website.reference.tables import is_required

_SCALARS: dict[str, Any] = {
    "Boolean": True,
    "Date": "2027-01-31",
    "DateTime": "2027-01-31T12:00:00Z",
    "Decimal": "10.00",
    "Float": 1.5,
    "Int": 1,
}
_BY_NAME = {
    "email": "ada@example.com",
    "name": "An example",
    "title": "An example",
    "currency": "EUR",
    "slug": "example",
}


def example_value(graphql_type: Any, name: str = "") -> Any:
    """Return a value of an input type: the required fields of an object, or one field if none is required."""
    nullable = graphql_type.of_type if isinstance(graphql_type, GraphQLNonNull) else graphql_type
    if is_list_type(nullable):
        return [example_value(nullable.of_type, name)]
    named: Any = get_named_type(nullable)
    if isinstance(named, GraphQLInputObjectType):
        return _example_object(named)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return _BY_NAME.get(name, "…") if named.name in ("ID", "String") else _SCALARS.get(named.name, "…")


def _example_object(graphql_type: GraphQLInputObjectType) -> dict[str, Any]:
    required = {name: field for name, field in graphql_type.fields.items() if is_required(field)}
    shown = required or dict(list(graphql_type.fields.items())[:1])
    return {name: example_value(field.type, name) for name, field in shown.items()}
