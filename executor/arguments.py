"""A field's arguments, as far as they can be known before an execution."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLField, ValueNode, VariableNode
from graphql.execution.values import VariableValues, coerce_argument, get_argument_values

IMMUTABLE = (str, int, float, bool, type(None))


def is_immutable(value: Any) -> bool:
    """Whether a value can be handed to many without one changing it for the others."""
    return type(value) in IMMUTABLE or isinstance(value, Enum)


class Arguments:
    """The arguments that a field is given in each execution."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._known: dict[str, Any] | None = None
        self._open: list[tuple[str, str]] = []
        self._prepare()
        self.constant: Mapping[str, Any] | None = None if self._open else self._known

    def coerced(self, variables: VariableValues, *, hide_suggestions: bool) -> dict[str, Any]:
        """The arguments of an execution, in a dict of its own."""
        found = None if self._known is None else self._filled(self._known, variables.coerced)
        if found is not None:
            return found
        return get_argument_values(self._definition, self._node, variables, hide_suggestions=hide_suggestions)

    def _filled(self, known: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """What is known, and the variables in their places; None where one has no value, for graphql-core to judge."""
        filled = dict(known)
        for name, variable in self._open:
            value = variables.get(variable)
            if value is None:
                return None
            filled[name] = value
        return filled

    def _prepare(self) -> None:
        """Coerce what is no variable. Where that fails, or might be changed by whoever gets it, nothing is known."""
        node = self._node
        known: dict[str, Any] = {}
        given = {each.name.value: each for each in node.arguments or ()}
        for name, argument in self._definition.args.items():
            own = given.get(name)
            if own is not None and isinstance(own.value, VariableNode):
                out_name = argument.out_name or name
                known[out_name] = None
                self._open.append((out_name, own.value.name.value))
            elif own is not None and _has_variable(own.value):
                return
            else:
                try:
                    coerce_argument(known, node, name, argument, own, None, None)
                except GraphQLError:  # it is the execution's to report
                    return
        if all(map(is_immutable, known.values())):
            self._known = known


def _has_variable(value: ValueNode) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            return True
        waiting += getattr(node, "values", ())
        waiting += [field.value for field in getattr(node, "fields", ())]
    return False
