"""Compiles an operation into a plan. Which fields there are, and in which order, is graphql-core's to say."""

from functools import partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from executor import sources
from executor.abstract import Abstract
from executor.assembly import Assembly
from executor.code import Constant, Given, Inline, Part, list_code
from executor.declarations import FIELD, Batched, Column, Computed
from executor.leaves import Leaf
from executor.lists import Items
from executor.objects import Objects
from executor.operation import Operation
from executor.plan import Field, Output, Plan, Selection, Source
from executor.reads import NOTHING, Reads, reads_of, together
from executor.values import Unusual

BYTES_A_SELECTION = 4000
BYTES_A_FIELD = 1500
"""About what they take, code and names included."""
FORMS = 2
"""So often there is code for a place: for any parents, and for rows of a class."""


class Compiler:
    """Makes the plan of an operation, for what its variables say of `@skip` and `@include`. It outlives the plan's
    making, for types that are met later, but it knows no other variables."""

    def __init__(self, operation: Operation, variables: VariableValues, *, default_resolver: bool) -> None:
        self._operation = operation
        self._conditions = operation.conditions_of(variables)
        self._default_resolver = default_resolver
        self._size = 0
        self._plan: Plan | None = None

    def compile(self) -> Plan:
        """The whole plan."""
        operation = self._operation
        root_type = operation.root_type
        collected = collect_fields(
            operation.schema, operation.fragments, self._conditions, root_type, operation.definition
        )
        root = self._selection(root_type, collected.grouped_field_set)
        self._plan = Plan(operation, root, self._size)
        return self._plan

    def _subselection(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        operation = self._operation
        collected = collect_subfields(
            operation.schema, operation.fragments, self._conditions, operation.definition, type_, details
        )
        return self._selection(type_, collected.grouped_field_set)

    def _selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Selection:
        parts: list[tuple[str, Part]] = []
        fields: list[Field] = []
        reads: list[Reads] = [None if type_.is_type_of else NOTHING]
        for key, details in grouped.items():
            definition = self._operation.schema.get_field(type_, details[0].node.name.value)
            if definition is None:
                continue
            part = _inlined(type_, definition, details[0].node)
            if part is None:
                fields.append(self._field(key, type_, definition, details))
                part = Given()
                reads.append(reads_of(definition.extensions.get(FIELD), fields[-1].output.reads))
            elif isinstance(part, Inline):
                reads.append(reads_of(part.declaration, NOTHING))
            parts.append((key, part))
        _agree(fields)
        assemble = Assembly(parts)
        self._grow(FORMS * (BYTES_A_SELECTION + len(assemble.source) * 8) + BYTES_A_FIELD * len(parts))
        return Selection(type_, fields, assemble, together(reads))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._plan is not None:
            self._plan.size = self._size

    def _field(self, key: str, type_: GraphQLObjectType, definition: GraphQLField, details: FieldDetailsList) -> Field:
        output = self._output(definition.type, details)
        return Field(key, type_, definition, details, self._source(definition), output)

    def _source(self, definition: GraphQLField) -> Source:
        declared = definition.extensions.get(FIELD)
        if isinstance(declared, Column):
            return sources.column(declared)
        if isinstance(declared, Computed):
            return sources.computed(declared)
        if isinstance(declared, Batched):
            return sources.batched(declared)
        return sources.default if definition.resolve is None and self._default_resolver else sources.resolved

    def _output(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Output:
        required = is_non_null_type(type_)
        bare: Any = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(bare):
            return Items(self._output(bare.of_type, details), required=required)
        if is_leaf_type(bare):
            return Leaf(bare, list_code(bare, required=required), required=required)
        if is_abstract_type(bare):
            return Abstract(bare, partial(self._possible, bare, details), required=required)
        return Objects(self._subselection(bare, details), required=required)

    def _possible(self, abstract: GraphQLAbstractType, details: FieldDetailsList, name: str) -> Selection:
        """The selection of a type that an abstract type was resolved to."""
        schema = self._operation.schema
        type_ = schema.get_type(name)
        if not is_object_type(type_) or not schema.is_sub_type(abstract, type_):
            raise Unusual
        return self._subselection(type_, details)


def _agree(fields: list[Field]) -> None:
    """One field under several aliases wants the same each time, so that a load can be shared."""
    aliases: dict[str, list[Field]] = {}
    for field in fields:
        aliases.setdefault(field.nodes[0].name.value, []).append(field)
    for alike in aliases.values():
        wanted = together(field.output.reads for field in alike)
        for field in alike:
            field.wanted = wanted


def _inlined(type_: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> Part | None:
    """The field as a part of the generated code, if it can be one."""
    if definition is TypeNameMetaFieldDef:
        return Constant(type_.name)
    declared = definition.extensions.get(FIELD)
    bare = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    if isinstance(declared, Column | Computed) and is_leaf_type(bare) and not (definition.args or node.arguments):
        return Inline(declared, bare, required=is_non_null_type(definition.type))
    return None
