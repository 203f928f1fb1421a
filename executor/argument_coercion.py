"""Coerces a field's arguments, as far as possible once per plan instead of once per execution."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    ValueNode,
    VariableNode,
    get_nullable_type,
)
from graphql.execution.values import coerce_argument, get_argument_values

from executor.arguments import Arguments
from executor.execution import Execution

IMMUTABLE_TYPES = (str, int, float, bool, type(None))
REMEMBERED_TYPES = (GraphQLInt, GraphQLBoolean)
"""Arguments are remembered if all of their variables have these types: clients send the same few page sizes. Other
values are too large, or hardly ever the same."""
MAX_REMEMBERED = 8
"""The number of combinations of values whose arguments are remembered, per field."""


def is_immutable(value: Any) -> bool:
    """Return whether several resolvers can share the value, because none of them can change it."""
    return type(value) in IMMUTABLE_TYPES or isinstance(value, Enum)


class ArgumentCoercer:
    """Coerces the arguments of one field of an operation."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._precoerced: dict[str, Any] | None = None
        self._variables: list[tuple[str, str]] = []
        self._has_small_variables = True
        self._precoerce()
        self._variable_names = [variable for _, variable in self._variables]
        self._remembers = self._precoerced is not None and self._has_small_variables
        self._remembered: dict[tuple[Any, ...], Arguments] = {}

    def arguments(self, execution: Execution) -> Arguments:
        """Return the arguments for an execution, which may be those of earlier executions."""
        if not self._remembers:
            return Arguments(self.coerce(execution))
        values = tuple(map(execution.variables.coerced.get, self._variable_names))
        arguments = self._remembered.get(values)
        if arguments is None:
            arguments = Arguments(self.coerce(execution))
            if None not in values:  # otherwise the variable may be null or missing, which are different
                self._remember(values, arguments)
        return arguments

    def _remember(self, values: tuple[Any, ...], arguments: Arguments) -> None:
        if len(self._remembered) == MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[values] = arguments

    def coerce(self, execution: Execution) -> dict[str, Any]:
        """Return the arguments for an execution, in a new dict."""
        variables = execution.variables
        arguments = None if self._precoerced is None else self._with_variables(self._precoerced, variables.coerced)
        if arguments is not None:
            return arguments
        hide_suggestions = execution.hide_suggestions
        return get_argument_values(self._definition, self._node, variables, hide_suggestions=hide_suggestions)

    def _with_variables(self, precoerced: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the precoerced arguments with the variables' values; None if a variable has no value, which
        graphql-core must handle."""
        arguments = dict(precoerced)
        for name, variable in self._variables:
            value = variables.get(variable)
            if value is None:
                return None
            arguments[name] = value
        return arguments

    def _precoerce(self) -> None:
        """Coerce the arguments that are not variables. If that fails, or a value is mutable, precoerce nothing."""
        node = self._node
        precoerced: dict[str, Any] = {}
        argument_nodes = {argument.name.value: argument for argument in node.arguments or ()}
        for name, argument in self._definition.args.items():
            argument_node = argument_nodes.get(name)
            if argument_node is not None and isinstance(argument_node.value, VariableNode):
                out_name = argument.out_name or name
                precoerced[out_name] = None
                self._variables.append((out_name, argument_node.value.name.value))
                self._has_small_variables &= get_nullable_type(argument.type) in REMEMBERED_TYPES
            elif argument_node is not None and _contains_variable(argument_node.value):
                return
            else:
                try:
                    coerce_argument(precoerced, node, name, argument, argument_node, None, None)
                except GraphQLError:  # the execution reports it
                    return
        if all(map(is_immutable, precoerced.values())):
            self._precoerced = precoerced


def _contains_variable(value: ValueNode) -> bool:
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, VariableNode):
            return True
        pending += getattr(node, "values", ())
        pending += [field.value for field in getattr(node, "fields", ())]
    return False
