"""Compiles an operation into a plan. graphql-core's `collect_fields` decides which fields it has, in which order."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import ref

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

from executor import batch_resolvers
from executor.abstract_completion import AbstractCompleter
from executor.completion import LeafCompleter
from executor.cost_declarations import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION, ListSize
from executor.cost_expressions import Size, build_size
from executor.declarations import EXECUTOR_EXTENSION, AttributeField, BatchedField, ComputedField
from executor.leaf_codegen import NO_NATIVE_SCALARS, NativeScalars
from executor.list_completion import ListCompleter
from executor.object_builder import ObjectBuilder
from executor.object_codegen import CompletedEntry, ConstantEntry, Entry, InlineEntry, generate_leaf_serializer
from executor.object_completion import ObjectCompleter
from executor.operation import Operation
from executor.plan import BatchResolver, Completer, Field, Plan, Selection
from executor.plan_cache import FieldPlace, WrapBatched
from executor.projection import EMPTY_PROJECTION, Projection, merge_projections, parent_projection
from executor.selection_size import LONG_VALUE_FACTOR, SelectionSize
from executor.types import Bailout

BYTES_PER_SELECTION = 4000
BYTES_PER_FIELD = 1500
"""Estimates that include generated code and names."""
CODE_VARIANTS = 2
"""The usual number of generated functions per selection: one for any parents, one for a row class."""
ResponsePath = tuple[str, ...]
"""The response keys from the root to a field."""


class Compiler:
    """Compiles an operation for one combination of values of the variables in `@skip` and `@include`.

    The plan keeps a reference to its compiler, which compiles selections of types that occur later. The compiler does
    not depend on any other variables."""

    def __init__(
        self,
        operation: Operation,
        variables: VariableValues,
        *,
        default_resolver: bool,
        wrap_batched: WrapBatched | None = None,
        native_scalars: NativeScalars = NO_NATIVE_SCALARS,
    ) -> None:
        self._operation = operation
        self._condition_variables = operation.select_condition_variables(variables)
        self._default_resolver = default_resolver
        self._wrap_batched = wrap_batched
        self._native_scalars = native_scalars
        self._size = operation.size  # a plan keeps its operation and document
        self._plan: ref[Plan] | None = None

    def compile(self) -> Plan:
        """Return the plan of the whole operation."""
        operation = self._operation
        root_type = operation.root_type
        collected = collect_fields(
            operation.schema, operation.fragments, self._condition_variables, root_type, operation.definition
        )
        root = self._compile_selection(root_type, collected.grouped_field_set, {}, (), points=0)
        plan = Plan(operation, root, self._size, _calls_resolvers(root))
        self._plan = ref(plan)  # weak, because the plan references the compiler
        return plan

    def _compile_subselection(
        self, type_: GraphQLObjectType, details: FieldDetailsList, sizes: Mapping[str, Size], path: ResponsePath
    ) -> Selection:
        operation = self._operation
        collected = collect_subfields(
            operation.schema, operation.fragments, self._condition_variables, operation.definition, type_, details
        )
        return self._compile_selection(type_, collected.grouped_field_set, sizes, path, points=1)

    def _compile_selection(
        self,
        type_: GraphQLObjectType,
        field_set: GroupedFieldSet,
        sizes: Mapping[str, Size],
        path: ResponsePath,
        *,
        points: int,
    ) -> Selection:
        """Compile a selection. `sizes` are those of its lists, by field name; `points` are those of one object."""
        entries: list[tuple[str, Entry]] = []
        fields: list[Field] = []
        projections: list[Projection] = [None if type_.is_type_of else EMPTY_PROJECTION]
        for key, details in field_set.items():
            definition = self._operation.schema.get_field(type_, details[0].node.name.value)
            if definition is None:
                continue
            points += definition.extensions.get(WEIGHT_EXTENSION, 0)
            entry = self._inline_entry(type_, definition, details[0].node)
            if entry is None:
                fields.append(self._compile_field((*path, key), type_, definition, details, sizes))
                entry = CompletedEntry()
                declaration = definition.extensions.get(EXECUTOR_EXTENSION)
                projections.append(parent_projection(declaration, fields[-1].completer.projection))
            elif isinstance(entry, InlineEntry):
                projections.append(parent_projection(entry.declaration, EMPTY_PROJECTION))
            entries.append((key, entry))
        _merge_alias_projections(fields)
        build_objects = ObjectBuilder(entries)
        code_size = BYTES_PER_SELECTION + len(build_objects.source) * 8
        self._add_size(CODE_VARIANTS * code_size + BYTES_PER_FIELD * len(entries))
        sizes_of_fields = [field.completer.size for field in fields]
        size = SelectionSize(sizes_of_fields, points_per_parent=points, value_count=_count_values(entries, fields))
        return Selection(type_, fields, build_objects, merge_projections(projections), size)

    def _inline_entry(self, type_: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> Entry | None:
        """Return the field as an entry that the generated function can produce alone; None if it must be completed."""
        if definition is TypeNameMetaFieldDef:
            return ConstantEntry(type_.name)
        declaration = definition.extensions.get(EXECUTOR_EXTENSION)
        required = is_non_null_type(definition.type)
        nullable: Any = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        has_arguments = definition.args or node.arguments
        if isinstance(declaration, AttributeField | ComputedField) and is_leaf_type(nullable) and not has_arguments:
            return InlineEntry(declaration, nullable, required=required, native_scalars=self._native_scalars)
        return None

    def _add_size(self, size: int) -> None:
        self._size += size
        plan = None if self._plan is None else self._plan()
        if plan is not None:
            plan.size = self._size

    def _compile_field(
        self,
        path: ResponsePath,
        type_: GraphQLObjectType,
        definition: GraphQLField,
        details: FieldDetailsList,
        sizes: Mapping[str, Size],
    ) -> Field:
        node = details[0].node
        list_size: ListSize | None = definition.extensions.get(LIST_SIZE_EXTENSION)
        size: Size = build_size(list_size, node) if list_size else 1
        sized_fields = list_size.sized_fields if list_size else ()
        item_count = 1 if sized_fields else sizes.get(node.name.value, size)
        completer = self._completer(definition.type, details, item_count, dict.fromkeys(sized_fields, size), path)
        place = FieldPlace(".".join(path), f"{type_.name}.{node.name.value}")
        return Field(path[-1], type_, definition, details, self._batch_resolver(place, definition), completer)

    def _batch_resolver(self, place: FieldPlace, definition: GraphQLField) -> BatchResolver:
        declaration = definition.extensions.get(EXECUTOR_EXTENSION)
        if isinstance(declaration, AttributeField):
            return batch_resolvers.attribute(declaration)
        if isinstance(declaration, ComputedField):
            return batch_resolvers.computed(declaration)
        if isinstance(declaration, BatchedField):
            if self._wrap_batched is not None:
                declaration = self._wrap_batched(place, declaration)
            return batch_resolvers.batched(declaration)
        use_default = definition.resolve is None and self._default_resolver
        return batch_resolvers.default if use_default else batch_resolvers.resolver

    def _completer(
        self,
        type_: GraphQLOutputType,
        details: FieldDetailsList,
        item_count: Size,
        sizes: Mapping[str, Size],
        path: ResponsePath,
    ) -> Completer:
        required = is_non_null_type(type_)
        nullable: Any = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(nullable):
            item_completer = self._completer(nullable.of_type, details, 1, sizes, path)
            return ListCompleter(item_completer, item_count, required=required)
        if is_leaf_type(nullable):
            serialize = generate_leaf_serializer(nullable, required=required, native_scalars=self._native_scalars)
            return LeafCompleter(nullable, serialize, required=required)
        if is_abstract_type(nullable):
            compile_selection = partial(self._compile_possible_type, nullable, details, sizes, path)
            return AbstractCompleter(nullable, compile_selection, required=required)
        return ObjectCompleter(self._compile_subselection(nullable, details, sizes, path), required=required)

    def _compile_possible_type(
        self,
        abstract: GraphQLAbstractType,
        details: FieldDetailsList,
        sizes: Mapping[str, Size],
        path: ResponsePath,
        name: str,
    ) -> Selection:
        """Return the selection of a type that an abstract type was resolved to."""
        schema = self._operation.schema
        type_ = schema.get_type(name)
        if not is_object_type(type_) or not schema.is_sub_type(abstract, type_):
            raise Bailout("A value has a type that is not possible for its field.")
        return self._compile_subselection(type_, details, sizes, path)


def _calls_resolvers(root: Selection) -> bool:
    """Return whether all root fields have resolvers that the plan of a mutation calls."""
    calls = [field.resolve is batch_resolvers.resolver for field in root.fields]
    return bool(calls) and all(calls) and not root.build_objects.reads_parents


def _count_values(entries: list[tuple[str, Entry]], fields: list[Field]) -> int:
    """Return the number of leaves of an object, plus one for the object itself. Long values count several times."""
    declarations = [entry.declaration for _, entry in entries if isinstance(entry, InlineEntry)]
    long_count = sum(isinstance(each, AttributeField) and each.is_long for each in declarations)
    nested_count = sum(not isinstance(field.completer, LeafCompleter) for field in fields)
    return 1 + len(entries) - nested_count + (LONG_VALUE_FACTOR - 1) * long_count


def _merge_alias_projections(fields: list[Field]) -> None:
    """Set the projection of all aliases of a field to the union of theirs, so that they can share a load."""
    aliases: dict[str, list[Field]] = {}
    for field in fields:
        aliases.setdefault(field.nodes[0].name.value, []).append(field)
    for group in aliases.values():
        projection = merge_projections(field.completer.projection for field in group)
        for field in group:
            field.projection = projection
