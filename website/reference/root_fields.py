"""Pages of root fields: what each returns, takes, requires and costs, with an example."""

import json
from typing import TYPE_CHECKING

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type, parse

from executor import WEIGHT_EXTENSION
from executor.cost import OperationCost
from models.scopes import Domain
from schema.requirements import REQUIREMENT
from website.reference.examples import Example, find_example
from website.reference.tables import LIST_ARGUMENTS, describe_element, describe_inputs, describe_type

if TYPE_CHECKING:
    from services.core.access import Requirement

_TITLES = {
    Domain.PEOPLE: "Tenants and people",
    Domain.WORK: "Work",
    Domain.SHOP: "Shop",
    Domain.LEDGER: "Ledger",
    Domain.LIBRARY: "Library",
    Domain.HISTORY: "History",
    Domain.ANY: "All domains",
    None: "Users, sessions and administration",
}
"""The headings by domain; None for root fields that API keys with scopes cannot use."""
_INTRODUCTION = """\
What a root field requires of the user or API key is at the end of its description. A violation is `FORBIDDEN`, or
`UNAUTHENTICATED` without valid credentials ([errors](errors.md)). The cost of an example is the most that it can cost
([cost](../contract.md#cost)). `…` in variables stands for a value of your own."""


def describe_root_fields(schema: GraphQLSchema, root: GraphQLObjectType | None, title: str) -> str:
    """Return the text of the page of a root type, by domain."""
    fields = root.fields if root else {}
    parts = [f"# {title}", _INTRODUCTION]
    for domain, heading in _TITLES.items():
        names = [name for name, field in fields.items() if _domain_of(field) is domain]
        if names:
            parts.append(f"## {heading}")
            parts += [_describe_field(schema, root, name) for name in names if root]
    return "\n\n".join(parts) + "\n"


def _domain_of(field: GraphQLField) -> Domain | None:
    required: Requirement | None = field.extensions.get(REQUIREMENT)
    if required is None:
        return Domain.ANY
    return required.scope.domain if required.scope else None


def _describe_field(schema: GraphQLSchema, root: GraphQLObjectType, name: str) -> str:
    field = root.fields[name]
    parts = [f"### {name}", describe_element(field), f"Returns {describe_type(field.type)}."]
    own = {key: argument for key, argument in field.args.items() if key not in LIST_ARGUMENTS}
    if "first" in field.args:
        parts.append(
            "A [connection](../contract.md#pagination): `first`, `after`, `last`, `before` and `offset` select a page."
        )
    if own:
        parts.append(describe_inputs(own))
    if errors := _describe_errors(field):
        parts.append(errors)
    return "\n\n".join([*parts, _describe_example(schema, field, find_example(schema, root, name))])


def _describe_errors(field: GraphQLField) -> str:
    payload = get_named_type(field.type)
    if isinstance(payload, GraphQLObjectType) and "userErrors" in payload.fields:
        return "Invalid values are [user errors](errors.md#user-errors) in the payload."
    return ""


def _describe_example(schema: GraphQLSchema, field: GraphQLField, example: Example) -> str:
    weight = field.extensions.get(WEIGHT_EXTENSION)
    note = f"This example costs at most {estimate_cost(schema, example):,} points"
    note += f", {weight:,} of them for the field itself." if weight else "."
    variables = (
        f"\n\n```json\n{json.dumps(example.variables, indent=2, ensure_ascii=False)}\n```" if example.variables else ""
    )
    return f"```graphql\n{example.document.strip()}\n```{variables}\n\n{note}"


def estimate_cost(schema: GraphQLSchema, example: Example) -> int:
    """Return the most points that an example can cost."""
    document = parse(example.document)
    (operation,) = document.definitions
    return OperationCost(schema, document, operation).evaluate(example.variables)  # type: ignore[arg-type]
