"""Variables inside filters: one without a value would silently remove a condition, so that more objects match."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    ListValueNode,
    Node,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)

FILTER_ARGUMENT = "where"
"""The name of every argument that takes a filter."""

MAX_ERRORS = 20
MAX_NAME_LENGTH = 100
"""In characters. Filters may be nested deeply, and names of variables may be long, too."""


class FilterVariable(NamedTuple):
    """A variable inside a filter, and the path at which it is used."""

    path: str
    node: VariableNode

    @property
    def name(self) -> str:
        """The name of the variable."""
        return self.node.name.value


def find_filter_variables(document: DocumentNode, operation: OperationDefinitionNode) -> tuple[FilterVariable, ...]:
    """Return the variables inside filters of the document that the operation declares without a default value.
    graphql-core requires those that cannot be null."""
    optional = {
        definition.variable.name.value
        for definition in operation.variable_definitions or ()
        if definition.default_value is None and not isinstance(definition.type, NonNullTypeNode)
    }
    return tuple(_find_in_document(document, optional)) if optional else ()


def _find_in_document(document: DocumentNode, names: Collection[str]) -> Iterator[FilterVariable]:
    pending: list[Node] = list(document.definitions)
    while pending:
        node: Any = pending.pop()
        pending += getattr(getattr(node, "selection_set", None), "selections", ())
        for argument in getattr(node, "arguments", None) or ():
            if argument.name.value == FILTER_ARGUMENT and not isinstance(argument.value, VariableNode):
                yield from _find_in_value(argument.value, names)


def _find_in_value(value: ValueNode, names: Collection[str]) -> Iterator[FilterVariable]:
    pending = [(FILTER_ARGUMENT, value)]
    while pending:
        path, node = pending.pop()
        match node:
            case VariableNode():
                if node.name.value in names:
                    yield FilterVariable(path, node)
            case ObjectValueNode():
                pending += [(f"{path}.{field.name.value}", field.value) for field in node.fields]
            case ListValueNode():
                pending += [(f"{path}.{position}", item) for position, item in enumerate(node.values)]


def find_missing_values(found: Collection[FilterVariable], variables: Mapping[str, Any] | None) -> list[GraphQLError]:
    """Return an error for each of these variables that has no value."""
    missing = (variable for variable in found if variable.name not in (variables or ()))
    return [_build_error(variable) for variable in islice(missing, MAX_ERRORS)]


def _build_error(variable: FilterVariable) -> GraphQLError:
    name, path = variable.name[:MAX_NAME_LENGTH], variable.path[:MAX_NAME_LENGTH]
    message = (
        f"The variable `${name}` has no value, so the condition `{path}` would be left out and more objects would "
        f"match. Pass the whole filter as one variable instead: `{FILTER_ARGUMENT}: ${FILTER_ARGUMENT}`."
    )
    return GraphQLError(message, variable.node)
