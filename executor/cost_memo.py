"""Values of cost expressions, remembered by the sizes in the variables: clients send the same few page sizes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from executor.cost_expressions import (
    SIZE_BOUND,
    Cost,
    Maximum,
    Product,
    Sum,
    VariableSize,
    evaluate,
    requested_size,
)
from executor.input_weight import VariableWeight

MAX_REMEMBERED_VALUES = 32
Result = TypeVar("Result")


class CostMemo(Generic[Result]):
    """Expressions of the same variables, and what a function returns for their values: remembered for the last sizes in
    these variables."""

    __slots__ = ("_combine", "_expressions", "_names", "_results", "_weights", "constant")

    def __init__(self, expressions: Sequence[Cost], combine: Callable[..., Result]) -> None:
        self._expressions = expressions
        self._combine = combine
        self._names = tuple({name: None for each in expressions for name in variable_names(each)})
        self._weights = tuple({weight: None for each in expressions for weight in variable_weights(each)})
        self._results: dict[tuple[int | None, ...], Result] = {}
        is_constant = not self._names and not self._weights
        self.constant = self._compute({}) if is_constant else None
        """The result if it depends on no variable."""

    def evaluate(self, variables: Mapping[str, Any]) -> Result:
        """Return what the function returns for the values of the expressions."""
        if self.constant is not None:
            return self.constant
        sizes = tuple(
            [
                value if type(value) is int and 0 <= value < SIZE_BOUND else requested_size(value)
                for value in map(variables.get, self._names)
            ]
        )
        if self._weights:
            sizes = (*sizes, *[weight.measure(variables) for weight in self._weights])
        result = self._results.get(sizes)
        if result is None:
            if len(self._results) >= MAX_REMEMBERED_VALUES:
                self._results.clear()
            by_name = dict(zip((*self._names, *self._weights), sizes, strict=True))
            result = self._results[sizes] = self._compute(by_name)
        return result

    def _compute(self, variables: Mapping[Any, Any]) -> Result:
        return self._combine(*[evaluate(each, variables) for each in self._expressions])


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
