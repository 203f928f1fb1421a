"""Values of cost expressions, remembered by the sizes in the variables: clients send the same few page sizes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from executor.cost_expressions import Cost, Maximum, Product, Sum, VariableSize, evaluate, requested_size
from executor.input_weight import VariableWeight

MAX_REMEMBERED_VALUES = 32


class CostMemo:
    """Expressions of the same variables, and their values for the last sizes in these variables."""

    __slots__ = ("_constants", "_expressions", "_names", "_values", "_weights")

    def __init__(self, expressions: Sequence[Cost]) -> None:
        self._expressions = expressions
        self._names = tuple({name: None for each in expressions for name in variable_names(each)})
        self._weights = tuple({weight: None for each in expressions for weight in variable_weights(each)})
        is_constant = not self._names and not self._weights
        self._constants = tuple(evaluate(each, {}) for each in expressions) if is_constant else None
        self._values: dict[tuple[int | None, ...], tuple[int, ...]] = {}

    @property
    def constants(self) -> tuple[int, ...] | None:
        """The values if they depend on no variable."""
        return self._constants

    def evaluate(self, variables: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the value of each expression."""
        if self._constants is not None:
            return self._constants
        sizes = tuple([requested_size(variables.get(name)) for name in self._names])
        if self._weights:
            sizes = (*sizes, *[weight.measure(variables) for weight in self._weights])
        values = self._values.get(sizes)
        if values is None:
            if len(self._values) >= MAX_REMEMBERED_VALUES:
                self._values.clear()
            by_name = dict(zip((*self._names, *self._weights), sizes, strict=True))
            values = self._values[sizes] = tuple(evaluate(each, by_name) for each in self._expressions)
        return values


def variable_names(expression: "Cost | VariableSize") -> Iterator[str]:
    """Yield the names of the variables in the expression, some of them repeatedly."""
    match expression:
        case VariableSize():
            yield from expression.variable_names
        case Product():
            yield from variable_names(expression.size)
            yield from variable_names(expression.factor)
        case Sum():
            for term in expression.terms:
                yield from variable_names(term)
        case Maximum():
            for option in expression.options:
                yield from variable_names(option)


def variable_weights(expression: "Cost | VariableSize") -> Iterator[VariableWeight]:
    """Yield the weights of variables in the expression, some of them repeatedly."""
    match expression:
        case VariableWeight():
            yield expression
        case Product():
            yield from variable_weights(expression.factor)
        case Sum():
            for term in expression.terms:
                yield from variable_weights(term)
        case Maximum():
            for option in expression.options:
                yield from variable_weights(option)
