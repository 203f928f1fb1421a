"""Descriptions of fields, arguments and types in Markdown."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    get_named_type,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
)

LIST_ARGUMENTS = ("first", "after", "last", "before", "offset")
"""Those of every connection, which the contract describes."""


def describe_element(element: Any) -> str:
    """Return the description of an element of the schema, and when it will be removed if it is deprecated."""
    text = " ".join((element.description or "").split())
    reason = getattr(element, "deprecation_reason", None)
    return escape(f"{text} **Deprecated:** {reason}" if reason else text)


def escape(text: str) -> str:
    """Return a text in which nothing outside of code is HTML."""
    parts = text.split("`")
    return "`".join(part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(parts))


def to_cell(text: str) -> str:
    """Return a text for a cell of a table."""
    return text.replace("|", "\\|")


def describe_type(graphql_type: Any) -> str:
    """Return the name of a type with its list and non-null marks, linked to the page that describes it."""
    from website.reference.type_pages import page_of

    named: GraphQLNamedType = get_named_type(graphql_type)
    if is_specified_scalar_type(named) or is_introspection_type(named):
        return f"`{graphql_type}`"
    return f"[`{graphql_type}`]({page_of(named)}.md#{named.name.lower()})"


def describe_fields(fields: Mapping[str, GraphQLField]) -> str:
    """Return a table of the fields of an object."""
    rows = ["| field | type | description |", "|---|---|---|"]
    for name, field in fields.items():
        arguments = _name_arguments(field.args)
        rows.append(f"| `{name}`{arguments} | {describe_type(field.type)} | {to_cell(describe_element(field))} |")
    return "\n".join(rows)


def _name_arguments(arguments: Mapping[str, GraphQLArgument]) -> str:
    """Return the names of the arguments, with those of all lists as a link."""
    names = [f"`{name}`" for name in arguments if name not in LIST_ARGUMENTS]
    pages = ["[page](../contract.md#pagination)"] if "first" in arguments else []
    return f" ({', '.join(pages + names)})" if pages or names else ""


def describe_inputs(inputs: Mapping[str, Any]) -> str:
    """Return a table of arguments or of the fields of an input object."""
    rows = ["| name | type | required | description |", "|---|---|---|---|"]
    for name, element in inputs.items():
        rows.append(
            f"| `{name}` | {describe_type(element.type)} | {'yes' if is_required(element) else ''} "
            f"| {to_cell(describe_element(element))} |"
        )
    return "\n".join(rows)


def is_required(element: Any) -> bool:
    """Return whether an argument or an input field must be given."""
    if isinstance(element, GraphQLArgument):
        return is_required_argument(element)
    return is_required_input_field(element)
