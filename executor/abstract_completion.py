"""Completes interfaces and unions: resolves the type of each value, then completes the values of each type together."""

from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import GraphQLAbstractType

from executor.execution import Execution
from executor.object_completion import await_type_checks, complete_objects
from executor.plan import Selection
from executor.positions import PositionSubset
from executor.projection import Projection
from executor.selection_size import FieldSize
from executor.types import AwaitableOrList, Bailout, Positions


class AbstractCompleter:
    """Completes objects of an interface or a union. A type's selection is compiled when the type first occurs."""

    accepts_null = False
    projection: Projection = None
    size = FieldSize(1, 1)  # the selections of the types are not compiled yet

    def __init__(
        self, type_: GraphQLAbstractType, compile_selection: Callable[[str], Selection], *, required: bool
    ) -> None:
        self.required = required
        self.selections: dict[str, Selection] = {}
        self._type = type_
        self._compile_selection = compile_selection

    def complete(self, execution: Execution, values: list[Any], positions: Positions) -> AwaitableOrList:
        resolve_type = self._type.resolve_type or execution.type_resolver
        pairs = zip(values, positions.infos(), strict=True)
        names = await_type_checks(execution, (resolve_type(value, info, self._type) for value, info in pairs))
        return execution.then(names, partial(self._complete_by_type, execution, values, positions))

    def describe(self) -> str:
        return self._type.name

    def _complete_by_type(
        self, execution: Execution, values: list[Any], positions: Positions, names: list[Any]
    ) -> AwaitableOrList:
        groups: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            if not isinstance(name, str):
                raise Bailout("A type resolver returned no name of a type.")
            groups.setdefault(name, []).append(index)
        if len(groups) == 1:
            return complete_objects(execution, self.selection_of(names[0]), values, positions)
        parts = [self._complete_group(execution, *group, values, positions) for group in groups.items()]
        all_ready = all(type(part) is list for part in parts)
        results = parts if all_ready else execution.track(execution.await_values(parts))
        return execution.then(results, partial(_merge_groups, list(groups.values())))

    def _complete_group(
        self, execution: Execution, name: str, indexes: list[int], values: list[Any], positions: Positions
    ) -> AwaitableOrList:
        selection = self.selection_of(name)
        group_values = [values[index] for index in indexes]
        return complete_objects(execution, selection, group_values, PositionSubset(positions, indexes))

    async def resolve_type(self, execution: Execution, value: Any, positions: Positions) -> str:
        """Return the name of the type of one value."""
        resolve_type = self._type.resolve_type or execution.type_resolver
        name: Any = resolve_type(value, positions.infos()[0], self._type)
        return str(await name if isawaitable(name) else name)

    def selection_of(self, name: str) -> Selection:
        """Return the selection of a type, compiled if it has not occurred before."""
        selection = self.selections.get(name)
        if selection is None:
            selection = self.selections[name] = self._compile_selection(name)
        return selection


def _merge_groups(groups: list[list[int]], parts: list[Any]) -> list[Any]:
    results: list[Any] = [None] * sum(map(len, groups))
    for indexes, part in zip(groups, parts, strict=True):
        for index, result in zip(indexes, part, strict=True):
            results[index] = result
    return results
