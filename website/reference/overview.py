"""The first page of the reference: what is on which page, and all root fields."""

from graphql import GraphQLObjectType, GraphQLSchema

from website.reference.type_pages import TYPE_PAGES, own_types, page_of

_INTRODUCTION = """\
# Schema

These pages are generated from the schema of the server. [schema.graphql](../schema.graphql) is the same as text, for
tools that generate code. The [contract](../contract.md) describes what all fields share: pages, filters, locking,
errors, cost.
"""


def describe_schema(schema: GraphQLSchema) -> str:
    """Return the text of the page."""
    pages = [page_of(graphql_type) for graphql_type in own_types(schema)]
    rows = [f"| [{title}]({name}.md) | {pages.count(name)} types |" for name, title in TYPE_PAGES.items()]
    table = ["| page | content |", "|---|---|", *_root_rows(schema), *rows, "| [Errors](errors.md) | by code |"]
    return f"{_INTRODUCTION}\n" + "\n".join(table) + "\n"


def _root_rows(schema: GraphQLSchema) -> list[str]:
    roots = {"queries": schema.query_type, "mutations": schema.mutation_type, "subscriptions": schema.subscription_type}
    return [f"| [{name.title()}]({name}.md) | {_list_fields(root, name)} |" for name, root in roots.items() if root]


def _list_fields(root: GraphQLObjectType, page: str) -> str:
    return ", ".join(f"[`{name}`]({page}.md#{name.lower()})" for name in sorted(root.fields))
