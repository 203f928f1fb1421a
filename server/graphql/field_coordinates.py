"""The schema coordinates (`Type.field`) of the fields that an operation selects."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

Selection = tuple[Any, SelectionSetNode]
"""A type, and what is selected of it."""


def find_field_coordinates(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> frozenset[str]:
    """Return the coordinates of all fields, for any values of variables in `@skip` and `@include`. A field of an
    interface is one of each type that implements it, too."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    found: set[str] = set()
    pending: list[Selection] = [(schema.get_root_type(operation.operation), operation.selection_set)]
    visited: set[tuple[str, str]] = set()
    while pending:
        type_, selection_set = pending.pop()
        for node in selection_set.selections:
            if isinstance(node, FieldNode) and node.name.value.startswith("__"):
                continue  # introspection
            if isinstance(node, FieldNode):
                found.update(_coordinates(schema, type_, node.name.value))
                pending.extend(_subselection(schema, type_, node))
            elif isinstance(node, InlineFragmentNode):
                pending.append((_condition(schema, node, type_), node.selection_set))
            elif isinstance(node, FragmentSpreadNode) and (type_.name, node.name.value) not in visited:
                visited.add((type_.name, node.name.value))
                fragment = fragments[node.name.value]
                pending.append((_condition(schema, fragment, type_), fragment.selection_set))
    return frozenset(found)


def _coordinates(schema: GraphQLSchema, type_: Any, name: str) -> Iterator[str]:
    yield f"{type_.name}.{name}"
    if is_abstract_type(type_):
        yield from (f"{each.name}.{name}" for each in schema.get_possible_types(type_))


def _subselection(schema: GraphQLSchema, type_: Any, node: FieldNode) -> Iterator[Selection]:
    definition = schema.get_field(type_, node.name.value)
    if definition is not None and node.selection_set is not None:
        yield get_named_type(definition.type), node.selection_set


def _condition(schema: GraphQLSchema, node: InlineFragmentNode | FragmentDefinitionNode, default: Any) -> Any:
    return default if node.type_condition is None else schema.get_type(node.type_condition.name.value)
