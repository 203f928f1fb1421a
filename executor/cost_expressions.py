"""The cost of a selection as an expression of the operation's variables. Constant parts are integers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ValueNode,
    VariableNode,
)

from executor.cost_declarations import ListSize
from executor.input_weight import VariableWeight

Variables = Mapping[Any, Any]
SIZE_BOUND = 2**31
"""Integers of GraphQL are less than this."""


@dataclass(frozen=True)
class VariableSize:
    """The size of a list whose slicing arguments contain variables."""

    list_size: ListSize
    constant: int | None
    """The greatest slicing argument that is written in the document."""
    variable_names: tuple[str, ...]

    def evaluate(self, variables: Variables) -> int:
        sizes = [requested_size(variables.get(name)) for name in self.variable_names]
        return clamp_size(self.list_size, [self.constant, *sizes])


@dataclass(frozen=True)
class Product:
    """The cost of a list: its size times the cost of an item."""

    size: "VariableSize | int"
    factor: "Cost"

    def evaluate(self, variables: Variables) -> int:
        return evaluate(self.size, variables) * evaluate(self.factor, variables)


@dataclass(frozen=True)
class Sum:
    """The cost of fields beside each other."""

    terms: tuple["Cost", ...]

    def evaluate(self, variables: Variables) -> int:
        return sum(evaluate(term, variables) for term in self.terms)


@dataclass(frozen=True)
class Maximum:
    """The cost of an object whose type is not known: that of the most expensive type."""

    options: tuple["Cost", ...]

    def evaluate(self, variables: Variables) -> int:
        return max(evaluate(option, variables) for option in self.options)


Cost = int | Product | Sum | Maximum | VariableWeight
Size = int | VariableSize


def evaluate(expression: Cost | VariableSize, variables: Variables) -> int:
    """Return the value of the expression for these variables, which are not coerced yet."""
    return expression if isinstance(expression, int) else expression.evaluate(variables)


def add(costs: Iterable[Cost]) -> Cost:
    """Return the sum of the costs."""
    constant = 0
    terms: list[Cost] = []
    for cost in costs:
        if isinstance(cost, int):
            constant += cost
        else:
            terms.append(cost)
    return Sum((constant, *terms)) if terms else constant


def multiply(size: Size, factor: Cost) -> Cost:
    """Return the cost of a list."""
    return size * factor if isinstance(size, int) and isinstance(factor, int) else Product(size, factor)


def maximum(costs: list[Cost]) -> Cost:
    """Return the greatest of the costs."""
    constants = [cost for cost in costs if isinstance(cost, int)]
    options = [cost for cost in costs if not isinstance(cost, int)]
    constant = max(constants, default=0)
    return Maximum((constant, *options)) if options else constant


def build_size(list_size: ListSize, node: FieldNode) -> Size:
    """Return the size that the arguments of the field request."""
    values = [entry.value for entry in node.arguments or () if entry.name.value in list_size.slicing_arguments]
    names = tuple(value.name.value for value in values if isinstance(value, VariableNode))
    sizes = [size for value in values if (size := _literal_size(value)) is not None]
    return VariableSize(list_size, max(sizes, default=None), names) if names else clamp_size(list_size, sizes)


def clamp_size(list_size: ListSize, sizes: Iterable[int | None]) -> int:
    """Return the greatest of the sizes within the bounds of the list, or its default size if there is none."""
    requested = max((size for size in sizes if size is not None), default=list_size.default_size)
    return max(0, min(requested, list_size.max_size))


def _literal_size(value: ValueNode) -> int | None:
    """Return the size that a value in the document requests; None if it is null or a variable."""
    if isinstance(value, NullValueNode | VariableNode):
        return None
    if isinstance(value, IntValueNode):
        return int(value.value)
    return len(value.values) if isinstance(value, ListValueNode) else 1


def requested_size(value: Any) -> int | None:
    """Return the size that the value of a variable requests. An invalid value fails when the variables are coerced."""
    if type(value) is int and -SIZE_BOUND < value < SIZE_BOUND:
        return value
    if value is None:
        return None
    if isinstance(value, list):
        return len(value)
    return int(value) if isinstance(value, int | float) and abs(value) < SIZE_BOUND else 1
