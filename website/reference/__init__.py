"""Pages that are generated from the schema: root fields with examples, types, and errors."""

from collections.abc import Callable

from graphql import GraphQLSchema

from website.reference.errors import describe_errors
from website.reference.overview import describe_schema
from website.reference.root_fields import describe_root_fields
from website.reference.type_pages import TYPE_PAGES, describe_types

_ROOT_PAGES: dict[str, Callable[[GraphQLSchema], str]] = {
    "queries": lambda schema: describe_root_fields(schema, schema.query_type, "Queries"),
    "mutations": lambda schema: describe_root_fields(schema, schema.mutation_type, "Mutations"),
    "subscriptions": lambda schema: describe_root_fields(schema, schema.subscription_type, "Subscriptions"),
}


def generate_reference(schema: GraphQLSchema, contract: str) -> dict[str, str]:
    """Return the text of each generated page by its path. `contract` is the text of docs/contract.md."""
    pages = {name: describe(schema) for name, describe in _ROOT_PAGES.items()}
    pages |= {name: describe_types(schema, name) for name in TYPE_PAGES}
    pages |= {"index": describe_schema(schema), "errors": describe_errors(schema, contract)}
    return {f"reference/{name}.md": text for name, text in pages.items()}
