"""Weights of the fields of input objects: of conditions and sort criteria that make the database read more rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_input_object_type,
)

from executor.cost_declarations import WEIGHT_EXTENSION

_are_weighted: WeakKeyDictionary[GraphQLInputObjectType, bool] = WeakKeyDictionary()


@dataclass(frozen=True)
class VariableWeight:
    """The weight of the value of a variable."""

    name: str
    type: GraphQLInputObjectType

    def evaluate(self, variables: Mapping[Any, Any]) -> int:
        """Return the weight, which `variables` contains by this expression."""
        return int(variables[self])

    def measure(self, variables: Mapping[str, Any]) -> int:
        """Return the weight of the variable's value, which is not coerced yet."""
        return _weight_of_value(variables.get(self.name), self.type)


def argument_weights(definitions: Mapping[str, GraphQLArgument], node: Any) -> tuple[int, list[VariableWeight]]:
    """Return the weight that is written in the arguments of a field, and those of the variables in them."""
    total, variables = 0, []
    for argument in node.arguments or ():
        definition = definitions.get(argument.name.value)
        if definition is not None:
            weight, weighted = _weigh(argument.value, definition.type)
            total += weight
            variables += weighted
    return total, variables


def _weigh(node: ValueNode, type_: GraphQLInputType) -> tuple[int, list[VariableWeight]]:
    named = get_named_type(type_)
    if not is_input_object_type(named) or not _is_weighted(named):
        return 0, []
    if isinstance(node, VariableNode):
        return 0, [VariableWeight(node.name.value, named)]
    parts = []
    if isinstance(node, ListValueNode):
        parts = [_weigh(item, named) for item in node.values]
    elif isinstance(node, ObjectValueNode):
        for entry in node.fields:
            if (field := named.fields.get(entry.name.value)) is not None:
                parts += [(field.extensions.get(WEIGHT_EXTENSION, 0), []), _weigh(entry.value, field.type)]
    return sum(weight for weight, _ in parts), [each for _, variables in parts for each in variables]


def _is_weighted(type_: GraphQLInputObjectType) -> bool:
    """Return whether the type has a field with a weight, or contains a type that has one."""
    is_weighted = _are_weighted.get(type_)
    if is_weighted is None:
        fields = [field for each in contained_types(type_) for field in each.fields.values()]
        is_weighted = _are_weighted[type_] = any(field.extensions.get(WEIGHT_EXTENSION) for field in fields)
    return is_weighted


def contained_types(type_: GraphQLInputObjectType) -> list[GraphQLInputObjectType]:
    """Return the type, and all input object types that its values may contain."""
    types = {type_: None}
    pending = [type_]
    while pending:
        named = [get_named_type(field.type) for field in pending.pop().fields.values()]
        found = [each for each in named if is_input_object_type(each) and each not in types]
        types.update(dict.fromkeys(found))
        pending += found
    return list(types)


def _weight_of_value(value: Any, named: Any) -> int:
    if isinstance(value, list):
        return sum(_weight_of_value(item, named) for item in value)
    if not isinstance(value, dict) or not is_input_object_type(named):
        return 0
    fields = [(named.fields[name], part) for name, part in value.items() if name in named.fields and part is not None]
    return sum(
        field.extensions.get(WEIGHT_EXTENSION, 0) + _weight_of_value(part, get_named_type(field.type))
        for field, part in fields
    )
