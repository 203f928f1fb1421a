"""Completing interfaces and unions: each value's type is asked for, then those of a type are completed together."""

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import GraphQLAbstractType

from executor.objects import asked, objects
from executor.plan import Selection
from executor.reads import Reads
from executor.run import Answer, Run
from executor.spots import SomeSpots, Spots
from executor.values import Unusual


class Abstract:
    """Objects of an interface or a union. The selection of a type is compiled when the type is first met."""

    writes_null = False
    reads: Reads = None

    def __init__(self, type_: GraphQLAbstractType, compile_: Callable[[str], Selection], *, required: bool) -> None:
        self.required = required
        self.selections: dict[str, Selection] = {}
        self._type = type_
        self._compile = compile_

    def complete(self, run: Run, values: list[Any], spots: Spots) -> Answer:
        resolve = self._type.resolve_type or run.type_resolver
        pairs = zip(values, spots.infos(), strict=True)
        names = asked(run, (resolve(value, info, self._type) for value, info in pairs))
        return run.then(names, partial(self._grouped, run, values, spots))

    def describe(self) -> str:
        return self._type.name

    def _grouped(self, run: Run, values: list[Any], spots: Spots, names: list[Any]) -> Answer:
        groups: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            if not isinstance(name, str):
                raise Unusual
            groups.setdefault(name, []).append(index)
        if len(groups) == 1:
            return objects(run, self._selection(names[0]), values, spots)
        parts = [self._group(run, name, values, spots, chosen) for name, chosen in groups.items()]
        done = parts if all(type(part) is list for part in parts) else run.later(run.awaited(parts))
        return run.then(done, partial(_merged, list(groups.values())))

    def _group(self, run: Run, name: str, values: list[Any], spots: Spots, chosen: list[int]) -> Answer:
        selection = self._selection(name)
        return objects(run, selection, [values[index] for index in chosen], SomeSpots(spots, chosen))

    def _selection(self, name: str) -> Selection:
        selection = self.selections.get(name)
        if selection is None:
            selection = self.selections[name] = self._compile(name)
        return selection


def _merged(groups: list[list[int]], parts: list[Any]) -> list[Any]:
    results: list[Any] = [None] * sum(map(len, groups))
    for chosen, part in zip(groups, parts, strict=True):
        for index, result in zip(chosen, part, strict=True):
            results[index] = result
    return results
