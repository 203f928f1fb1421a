"""Completes values: all values that a field has in a selection together."""

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import GraphQLLeafType, Undefined

from executor.execution import Execution
from executor.plan import Completer
from executor.positions import PositionSubset
from executor.projection import EMPTY_PROJECTION, Projection
from executor.selection_size import NO_OBJECTS
from executor.types import NULL_IN_REQUIRED, USED_ONCE, AwaitableOrList, Bailout, Positions
from executor.value_checks import NO_EXCEPTIONS, PLAIN, any_awaitable


class LeafCompleter:
    """Completes scalars and enums."""

    accepts_null = True
    projection: Projection = EMPTY_PROJECTION
    size = NO_OBJECTS

    def __init__(self, type_: GraphQLLeafType, serialize: Callable[[list[Any]], list[Any]], *, required: bool) -> None:
        self.required = required
        self._type = type_
        self._serialize = serialize

    def complete(self, _execution: Execution, values: list[Any], _positions: Positions) -> AwaitableOrList:
        return self._serialize(values)

    def describe(self) -> str:
        return self._type.name


def complete_values(
    execution: Execution, completer: Completer, values: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the completed values, as graphql-core would. The values may be null or awaitable."""
    if PLAIN.all(values):
        return completer.complete(execution, values, positions)
    if any_awaitable(values):
        if positions.needed_for_fallback:
            raise Bailout(USED_ONCE)  # graphql-core could not await it a second time
        return execution.then(
            execution.track(execution.await_values(values)),
            lambda ready: _complete_ready(execution, completer, ready, positions),
        )
    return _complete_ready(execution, completer, values, positions)


def _complete_ready(
    execution: Execution, completer: Completer, values: list[Any], positions: Positions
) -> AwaitableOrList:
    if not NO_EXCEPTIONS.all(values) or any_awaitable(values):
        raise Bailout("A field failed.")
    indexes = [index for index, value in enumerate(values) if value is not None and value is not Undefined]
    if completer.accepts_null or len(indexes) == len(values):
        return completer.complete(execution, values, positions)
    if completer.required:
        raise Bailout(NULL_IN_REQUIRED)
    if not indexes:
        return [None] * len(values)
    non_null = [values[index] for index in indexes]
    results = completer.complete(execution, non_null, PositionSubset(positions, indexes))
    return execution.then(results, partial(_insert_nulls, len(values), indexes))


def _insert_nulls(count: int, indexes: list[int], non_null: list[Any]) -> list[Any]:
    results: list[Any] = [None] * count
    for index, result in zip(indexes, non_null, strict=True):
        results[index] = result
    return results
