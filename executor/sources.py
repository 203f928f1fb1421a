"""The sources of an operation: everything that its fields read, as they declare it (executor/source_declarations.py).

The analysis of an operation is reused for all executions: only arguments with variables are inspected each time. The
directives `@skip` and `@include` are ignored, so a field that is skipped counts as well."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_abstract_type,
    value_from_ast_untyped,
)

from executor.declarations import EXECUTOR_EXTENSION, AttributeField, ComputedField
from executor.input_sources import VariableSources, find_argument_sources, has_variable, read_variable_defaults
from executor.source_declarations import SOURCES_EXTENSION, FieldSources, Sources


class UndeclaredSources(Exception):
    """A field of the operation does not declare what it reads. `field` is its coordinate, such as `User.sessions`."""

    def __init__(self, field: str) -> None:
        super().__init__(f"`{field}` does not declare what it reads.")
        self.field = field


class OperationSources:
    """The sources of an operation as a function of its variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._defaults = read_variable_defaults(operation)
        self._constant: set[str] = set()
        self._undeclared: str | None = None
        self._by_variables: list[VariableSources] = []
        """The arguments whose sources depend on variables."""
        root_type = schema.get_root_type(operation.operation)
        assert root_type is not None  # noqa: S101 -- the document is valid
        for parent, node in self._iter_fields(root_type, operation.selection_set):
            self._add_field(parent, node)
        self._names = frozenset(self._constant)

    def evaluate(self, inputs: Mapping[str, Any] | None) -> Sources:
        """Return the sources with these variables, which are not coerced yet. Raise UndeclaredSources if a field does
        not declare them."""
        if self._undeclared is not None:
            raise UndeclaredSources(self._undeclared)
        if not self._by_variables:
            return self._names
        variables = {**self._defaults, **(inputs or {})}
        found = set(self._names)
        for argument in self._by_variables:
            names = argument.evaluate(variables)
            if names is None:
                raise UndeclaredSources(argument.field)
            found |= names
        return frozenset(found)

    def _iter_fields(
        self, root_type: GraphQLNamedType, selection_set: SelectionSetNode
    ) -> Iterator[tuple[GraphQLObjectType, FieldNode]]:
        """Return the fields of the operation, each with a type that has it; those of a fragment once for each type."""
        pending: list[tuple[GraphQLNamedType, SelectionSetNode]] = [(root_type, selection_set)]
        visited: set[tuple[str, int]] = set()
        while pending:
            parent, selections = pending.pop()
            key = parent.name, id(selections)
            if key in visited:
                continue
            visited.add(key)
            for selection in selections.selections:
                if not isinstance(selection, FieldNode):
                    pending.append(self._enter_fragment(parent, selection))
                    continue
                for object_type in self._types_with(parent, selection.name.value):
                    yield object_type, selection
                    if selection.selection_set is not None:
                        field_type = get_named_type(object_type.fields[selection.name.value].type)
                        pending.append((field_type, selection.selection_set))

    def _enter_fragment(
        self, parent: GraphQLNamedType, selection: SelectionNode
    ) -> tuple[GraphQLNamedType, SelectionSetNode]:
        """Return the type and the selection of a fragment."""
        if isinstance(selection, FragmentSpreadNode):
            fragment: Any = self._fragments[selection.name.value]
        else:
            fragment = selection
        condition = fragment.type_condition
        return parent if condition is None else self._schema.type_map[condition.name.value], fragment.selection_set

    def _types_with(self, parent: Any, name: str) -> list[GraphQLObjectType]:
        """Return the object types to which a field of the parent may belong; none for meta fields."""
        if name.startswith("__"):
            return []
        types = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
        return list(types)

    def _add_field(self, parent: GraphQLObjectType, node: FieldNode) -> None:
        field = parent.fields[node.name.value]
        coordinate = f"{parent.name}.{node.name.value}"
        sources = declared_sources(field)
        if sources is None:
            self._undeclared = self._undeclared or coordinate
            return
        self._constant |= sources.names
        for argument in node.arguments or ():
            definition = field.args[argument.name.value]
            names, by_variables = find_argument_sources(coordinate, argument.value, definition.type)
            self._constant |= names
            self._by_variables += by_variables
            self._add_argument(coordinate, sources, argument.name.value, argument.value)

    def _add_argument(self, coordinate: str, sources: FieldSources, name: str, value: ValueNode) -> None:
        function = sources.by_argument.get(name)
        if function is None:
            return
        if has_variable(value):
            self._by_variables.append(VariableSources(f"{coordinate}({name}:)", value, function))
            return
        names = function(value_from_ast_untyped(value))
        if names is None:
            self._undeclared = self._undeclared or f"{coordinate}({name}:)"
        else:
            self._constant |= names


def declared_sources(field: GraphQLField) -> FieldSources | None:
    """Return the declaration of a field; None if it has none. A field that only reads its parent needs none."""
    sources: FieldSources | None = field.extensions.get(SOURCES_EXTENSION)
    if sources is None and isinstance(field.extensions.get(EXECUTOR_EXTENSION), AttributeField | ComputedField):
        return FieldSources()
    return sources
