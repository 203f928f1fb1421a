"""An example operation of each root field: one of the console's, or one that is generated from the types."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    parse,
)

from server.config.paths import PROJECT_ROOT
from website.reference.example_selections import select
from website.reference.example_values import example_value
from website.reference.tables import is_required

CONSOLE_EXAMPLES = PROJECT_ROOT / "console" / "src" / "query" / "collections"
_ALWAYS_SHOWN = ("id", "ids", "input", "query")
"""Arguments that belong into an example although the schema does not require them."""
_PLACEHOLDER_VALUES = {"version": 1, "createdAt": "2027-01-31T12:00:00Z", "updatedAt": "2027-01-31T12:00:00Z"}
"""Examples of what the console fills in, by the name of the field; texts and ids are shown as …."""
_OPERATION_NAMES = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}


@dataclass(frozen=True)
class Example:
    """An operation and its variables."""

    document: str
    variables: dict[str, Any] = field(default_factory=dict)


def find_example(schema: GraphQLSchema, root: GraphQLObjectType, name: str) -> Example:
    """Return an example of a root field: the console's, if it has one."""
    return _console_examples().get((_OPERATION_NAMES[root.name], name)) or _generate_example(schema, root, name)


@cache
def _console_examples() -> Mapping[tuple[str, str], Example]:
    """Return the examples of the console whose first field they are, by operation and field."""
    return dict(reversed(list(_read_console_examples())))


def _read_console_examples() -> Iterator[tuple[tuple[str, str], Example]]:
    for file in sorted(CONSOLE_EXAMPLES.glob("*/*.graphql")):
        if file.name.endswith(".fill.graphql"):
            continue
        text = file.read_text(encoding="utf-8")
        variables = file.with_suffix(".json")
        values = json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else {}
        if key := _only_root_field(text):
            yield key, Example(text, _without_placeholders(values))


def _only_root_field(text: str) -> tuple[str, str] | None:
    """Return the operation and the root field of a document, if it has one of each and no directives."""
    definition, *others = parse(text).definitions
    if others or not isinstance(definition, OperationDefinitionNode) or definition.directives:
        return None
    first, *further = definition.selection_set.selections
    return (definition.operation.value, first.name.value) if isinstance(first, FieldNode) and not further else None


def _without_placeholders(value: Any) -> Any:
    """Replace the paths that the console fills in, such as "{tasks.nodes.0.id}"."""
    if isinstance(value, dict):
        return {key: _without_placeholders(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_without_placeholders(element) for element in value]
    if isinstance(value, str) and value.startswith("{"):
        return _PLACEHOLDER_VALUES.get(value.rpartition(".")[2].rstrip("}"), "…")
    return value


def _generate_example(schema: GraphQLSchema, root: GraphQLObjectType, name: str) -> Example:
    root_field = root.fields[name]
    shown = {key: argument for key, argument in root_field.args.items() if _is_shown(key, argument)}
    if not shown and "by" in root_field.args:
        shown = {"by": root_field.args["by"]}
    variables = {key: example_value(argument.type) for key, argument in shown.items()}
    definitions = ", ".join(f"${key}: {argument.type}" for key, argument in shown.items())
    arguments = [f"{key}: ${key}" for key in shown] + ["first: 10"] * ("first" in root_field.args)
    title = name[0].upper() + name[1:]
    operation = f"{_OPERATION_NAMES[root.name]} {title}{f'({definitions})' if definitions else ''}"
    call = f"{name}{'(' + ', '.join(arguments) + ')' if arguments else ''}"
    return Example(f"{operation} {{\n  {call}{select(get_named_type(root_field.type), schema)}\n}}", variables)


def _is_shown(name: str, argument: GraphQLArgument) -> bool:
    return is_required(argument) or name in _ALWAYS_SHOWN
