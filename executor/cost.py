"""Static cost analysis: the most points that an operation can cost, computed before it is executed.

Each object in the response costs one point, and fields may have a weight (executor/cost_declarations.py). Page sizes
are multiplied down the selection. The analysis of an operation is reused for all executions: only page sizes in
variables are read each time."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    value_from_ast_untyped,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_variable_values

from executor.cost_declarations import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION, ListSize
from executor.cost_expressions import Cost, Size, add, build_size, maximum, multiply
from executor.cost_memo import CostMemo
from executor.input_weight import argument_weights
from executor.operation import NO_VARIABLES, condition_variables, inspect_document

BASE_COST = 1
"""The cost of any operation, so that each one counts."""
INTROSPECTION_COSTS = {"__schema": 500, "__type": 50}
"""Introspection is limited by the validation of documents, and has no pages. These are its usual costs."""
MAX_ANALYZED_FIELDS = 20_000
"""A field of an interface is analyzed once for each possible type."""
MAX_CONDITION_COMBINATIONS = 4


class AnalysisTooLarge(Exception):
    """The operation selects too many fields of interfaces."""


class OperationCost:
    """The cost of an operation as a function of its variables.

    `free_fields` are root fields that cost nothing, because they require authentication. In a mutation they do so only
    if there are no others: root fields run one after the other, and an earlier one may authenticate the client."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        free_fields: frozenset[str] = frozenset(),
    ) -> None:
        self._free_fields = free_fields
        self._schema = schema
        self._operation = operation
        self._fragments = {
            node.name.value: FragmentDetails(node)
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        names = condition_variables(inspect_document(document)[1])
        definitions = {node.variable.name.value: node for node in operation.variable_definitions or ()}
        self._conditions = {name: definitions[name] for name in names if name in definitions}
        self._defaults = _read_defaults(definitions)
        self._constant: int | None = None
        """The cost, if it depends on no variable."""
        self.costs_by_conditions: dict[tuple[Any, ...], CostMemo[int] | None] = {}
        """None if the operation is too large to analyze."""

    def evaluate(self, inputs: Mapping[str, Any] | None) -> int:
        """Return the most points that the operation can cost with these variables, which are not coerced yet. Raise
        AnalysisTooLarge if the operation is too large to analyze."""
        if self._constant is not None:
            return self._constant
        if not self._defaults and not inputs:
            variables: Mapping[str, Any] = {}
        else:
            variables = {**self._defaults, **(inputs or {})}
        conditions = tuple([variables.get(name) for name in self._conditions])
        if not all(value is True or value is False for value in conditions):
            return BASE_COST  # the variables are invalid, so the operation will not be executed
        if conditions not in self.costs_by_conditions:
            self._analyze(conditions)
        cost = self.costs_by_conditions[conditions]
        if cost is None:
            raise AnalysisTooLarge
        return cost.evaluate(variables)

    def _analyze(self, conditions: tuple[Any, ...]) -> None:
        inputs = dict(zip(self._conditions, conditions, strict=True))
        values = get_variable_values(self._schema, list(self._conditions.values()), inputs)
        assert not isinstance(values, list)  # noqa: S101
        analysis = _Analysis(self._schema, self._operation, self._fragments, values)
        try:
            cost = CostMemo([analysis.analyze(self._free_fields)], int)
        except AnalysisTooLarge:
            cost = None
        if len(self.costs_by_conditions) >= MAX_CONDITION_COMBINATIONS:
            self.costs_by_conditions.clear()
        self.costs_by_conditions[conditions] = cost
        if not conditions and cost is not None:
            self._constant = cost.constant


def _read_defaults(definitions: Mapping[str, VariableDefinitionNode]) -> dict[str, Any]:
    defaults = {name: node.default_value for name, node in definitions.items()}
    return {name: value_from_ast_untyped(value) for name, value in defaults.items() if value is not None}


class _Analysis:
    """The analysis of an operation for one combination of values of the variables in `@skip` and `@include`."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        conditions: VariableValues = NO_VARIABLES,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._conditions = conditions
        self._field_count = 0

    def analyze(self, free_fields: frozenset[str]) -> Cost:
        operation = self._operation
        root_type = self._schema.get_root_type(operation.operation)
        assert root_type is not None  # noqa: S101 -- the document is valid
        collected = collect_fields(self._schema, self._fragments, self._conditions, root_type, operation)
        field_set = collected.grouped_field_set
        paid = {key: details for key, details in field_set.items() if details[0].node.name.value not in free_fields}
        if paid and operation.operation is OperationType.MUTATION:
            paid = field_set
        return add([BASE_COST, self._fields_cost(root_type, paid, {})])

    def _fields_cost(self, type_: GraphQLObjectType, field_set: GroupedFieldSet, sizes: Mapping[str, Size]) -> Cost:
        """Return the cost of the fields of one object. `sizes` are those of its lists, by field name."""
        self._field_count += len(field_set)
        if self._field_count > MAX_ANALYZED_FIELDS:
            raise AnalysisTooLarge
        return add(self._field_cost(type_, details, sizes) for details in field_set.values())

    def _field_cost(self, type_: GraphQLObjectType, details: FieldDetailsList, sizes: Mapping[str, Size]) -> Cost:
        name = details[0].node.name.value
        if name in INTROSPECTION_COSTS:
            return INTROSPECTION_COSTS[name]
        definition = self._schema.get_field(type_, name)
        if definition is None:
            return 0
        list_size: ListSize | None = definition.extensions.get(LIST_SIZE_EXTENSION)
        size = build_size(list_size, details[0].node) if list_size else 1
        if list_size and list_size.sized_fields:
            value_cost = self._value_cost(definition.type, details, 1, dict.fromkeys(list_size.sized_fields, size))
        else:
            value_cost = self._value_cost(definition.type, details, sizes.get(name, size), {})
        weight: int = definition.extensions.get(WEIGHT_EXTENSION, 0)
        items_weight = multiply(size, list_size.item_weight) if list_size and list_size.item_weight else 0
        written, variable_weights = argument_weights(definition.args, details[0].node)
        return add([weight + written, items_weight, value_cost, *variable_weights])

    def _value_cost(
        self, type_: GraphQLOutputType, details: FieldDetailsList, size: Size, sizes: Mapping[str, Size]
    ) -> Cost:
        nullable: Any = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(nullable):
            return multiply(size, self._value_cost(nullable.of_type, details, 1, sizes))
        if is_leaf_type(nullable):
            return 0
        if is_abstract_type(nullable):
            types = self._schema.get_possible_types(nullable)
            return maximum([self._object_cost(each, details, sizes) for each in types])
        return self._object_cost(nullable, details, sizes)

    def _object_cost(self, type_: GraphQLObjectType, details: FieldDetailsList, sizes: Mapping[str, Size]) -> Cost:
        collected = collect_subfields(self._schema, self._fragments, self._conditions, self._operation, type_, details)
        return add([1, self._fields_cost(type_, collected.grouped_field_set, sizes)])
