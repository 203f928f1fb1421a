"""The sources of arguments: names in the extensions of the input fields that they contain, and functions of their
values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_input_object_type,
    value_from_ast_untyped,
)

from executor.input_weight import contained_types
from executor.source_declarations import NO_SOURCES, SOURCES_EXTENSION, Sources

_have_sources: WeakKeyDictionary[GraphQLInputObjectType, bool] = WeakKeyDictionary()


@dataclass(frozen=True)
class VariableSources:
    """What a field also reads, as a function of a value with variables."""

    field: str
    """The coordinate of the field."""
    value: ValueNode
    function: Callable[[Any], Sources | None]

    def evaluate(self, variables: Mapping[str, Any]) -> Sources | None:
        """Return the sources with these variables, which are not coerced yet; None if they are not known."""
        value = value_from_ast_untyped(self.value, dict(variables))
        return NO_SOURCES if value is Undefined else self.function(value)


def find_argument_sources(
    field: str, value: ValueNode, type_: GraphQLInputType
) -> tuple[set[str], list[VariableSources]]:
    """Return the names of the input fields that are written in a value, and the variables in it that may contain
    others."""
    named = get_named_type(type_)
    if not is_input_object_type(named) or not _has_sources(named):
        return set(), []
    if isinstance(value, VariableNode):
        return set(), [VariableSources(field, value, lambda given: sources_of_value(given, named))]
    names: set[str] = set()
    variables: list[VariableSources] = []
    for part, part_type, extension in _parts(value, named):
        inner, inner_variables = find_argument_sources(field, part, part_type)
        names |= inner | extension
        variables += inner_variables
    return names, variables


def _parts(value: ValueNode, named: GraphQLInputObjectType) -> list[tuple[ValueNode, GraphQLInputType, Sources]]:
    """Return the parts of a list or an object, with their types and the names of their input fields."""
    if isinstance(value, ListValueNode):
        return [(item, named, NO_SOURCES) for item in value.values]
    entries = value.fields if isinstance(value, ObjectValueNode) else ()
    found = [(entry.value, named.fields[entry.name.value]) for entry in entries if entry.name.value in named.fields]
    return [(part, field.type, field.extensions.get(SOURCES_EXTENSION, NO_SOURCES)) for part, field in found]


def sources_of_value(value: Any, named: Any) -> Sources:
    """Return the names of the input fields in a value of this type, which is not coerced yet."""
    if isinstance(value, list):
        return NO_SOURCES.union(*(sources_of_value(item, named) for item in value))
    if not isinstance(value, dict) or not is_input_object_type(named):
        return NO_SOURCES
    fields = [(named.fields[name], part) for name, part in value.items() if name in named.fields]
    return NO_SOURCES.union(
        *(field.extensions.get(SOURCES_EXTENSION, NO_SOURCES) for field, _ in fields),
        *(sources_of_value(part, get_named_type(field.type)) for field, part in fields),
    )


def _has_sources(type_: GraphQLInputObjectType) -> bool:
    """Return whether the type has a field with sources, or contains a type that has one."""
    found = _have_sources.get(type_)
    if found is None:
        fields = [field for each in contained_types(type_) for field in each.fields.values()]
        found = _have_sources[type_] = any(field.extensions.get(SOURCES_EXTENSION) for field in fields)
    return found


def has_variable(value: ValueNode) -> bool:
    """Return whether a value contains a variable."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, VariableNode):
            return True
        if isinstance(node, ListValueNode):
            pending += node.values
        elif isinstance(node, ObjectValueNode):
            pending += (field.value for field in node.fields)
    return False


def read_variable_defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Return the default values of an operation's variables, by name."""
    definitions = operation.variable_definitions or ()
    defaults = {node.variable.name.value: node.default_value for node in definitions}
    return {name: value_from_ast_untyped(value) for name, value in defaults.items() if value is not None}
