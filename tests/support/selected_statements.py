"""The number of statements that the selection of an operation needs, by the fields that its schema declares.

One for each relation to one object, each page, each totalCount and each list of aggregates, however many parents there
are. Relations of one level to the same table share a statement. Without parents, nothing is loaded.
"""

from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, get_named_type, is_composite_type, parse

from executor import EXECUTOR_EXTENSION, BatchedField
from models.relations import BelongsTo
from schema.relations import RELATION
from tests.support.graphql_schema import graphql_schema, is_connection, named_type


def count_selected_statements(document: str, data: Any) -> int:
    """Return how many statements load the objects below the root fields of this response. A root field that is a
    connection counts as well."""
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    root = graphql_schema().get_root_type(operation.operation)
    return _count(root, operation.selection_set, [data]) if data else 0


def _count(parent_type: Any, selection_set: Any, parents: list[Any]) -> int:
    """Return how many statements load the selected fields of these parents."""
    count, is_root = 0, parent_type in (graphql_schema().query_type, graphql_schema().mutation_type)
    joined_tables: set[str] = set()
    for field_type, field, node, values in _selected_objects(parent_type, selection_set, parents):
        if is_connection(field_type):
            selected = {name for _, name, *_ in _fields(field_type, node.selection_set, values)}
            count += bool(selected - {"totalCount"}) + ("totalCount" in selected) if values else 0
        elif isinstance(relation := field.extensions.get(RELATION), BelongsTo):
            count += bool(values) and relation.table not in joined_tables
            joined_tables |= {relation.table} if values else set()
        elif not is_root and not is_connection(parent_type) and values:
            count += isinstance(field.extensions.get(EXECUTOR_EXTENSION), BatchedField)
        count += _count(field_type, node.selection_set, values)
    return count


def _selected_objects(
    parent_type: Any, selection_set: Any, parents: list[Any]
) -> Iterator[tuple[Any, Any, FieldNode, list[Any]]]:
    """Yield the type, the definition, the node and the objects of each selected field that has objects."""
    for object_type, name, node, objects in _fields(parent_type, selection_set, parents):
        if name == "__typename":
            continue
        field = object_type.fields[name]
        field_type = get_named_type(field.type)
        if is_composite_type(field_type):
            values = (parent[node.alias.value if node.alias else name] for parent in objects)
            yield field_type, field, node, list(_flatten(values))


def _fields(
    parent_type: Any, selection_set: Any, parents: list[Any]
) -> Iterator[tuple[Any, str, FieldNode, list[Any]]]:
    """Yield the type, the name, the node and the parents of each selected field."""
    for node in selection_set.selections:
        if isinstance(node, InlineFragmentNode):
            assert node.type_condition is not None
            name = node.type_condition.name.value
            matching = [parent for parent in parents if parent["__typename"] == name]
            yield from _fields(named_type(name), node.selection_set, matching)
        else:
            yield parent_type, node.name.value, node, parents


def _flatten(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flatten(value)
        elif value is not None:
            yield value
