"""Completing lists: their items are completed together, those of all lists at a place of the plan."""

from functools import partial
from itertools import chain, islice
from typing import Any

from executor.completion import complete
from executor.plan import Output
from executor.run import Answer, Run
from executor.spots import ItemSpots, Spots
from executor.values import LASTING, LISTS, Unusual, check_iterable, is_async_iterable


class Items:
    """A list."""

    writes_null = False

    def __init__(self, item: Output, *, required: bool) -> None:
        self.required = required
        self.item = item
        self.reads = item.reads

    def complete(self, run: Run, values: list[Any], spots: Spots) -> Answer:
        if LISTS.all(values):
            return self._complete(run, spots, values)
        if spots.stored and not LASTING.all(values):
            raise Unusual
        if any(map(is_async_iterable, values)):
            return run.then(run.later(_listed(run, values, spots)), partial(self._complete, run, spots))
        return self._complete(run, spots, [_list_of(run, value, spots) for value in values])

    def _complete(self, run: Run, spots: Spots, lists: list[Any]) -> Answer:
        done = complete(run, self.item, list(chain.from_iterable(lists)), ItemSpots(spots, lists))
        return run.then(done, partial(_cut, lists))

    def describe(self) -> str:
        return f"[{self.item.describe()}]"


def _cut(lists: list[Any], done: list[Any]) -> list[Any]:
    if len(lists) == 1:
        return [done]
    items = iter(done)
    return [list(islice(items, len(each))) for each in lists]


def _list_of(run: Run, value: Any, spots: Spots) -> list[Any]:
    """The items of whatever passes for a list."""
    check_iterable(value)
    items = _noted(run, spots)
    items.extend(value)
    return items


async def _listed(run: Run, values: list[Any], spots: Spots) -> list[Any]:
    """A list of each value, some of which are iterated over asynchronously."""
    slow = [index for index, value in enumerate(values) if is_async_iterable(value)]
    lists: list[Any] = [[] if index in slow else _list_of(run, value, spots) for index, value in enumerate(values)]
    found = await run.gathered([_drained(run, values[index], spots) for index in slow])
    for index, items in zip(slow, found, strict=True):
        lists[index] = items
    return lists


async def _drained(run: Run, value: Any, spots: Spots) -> list[Any]:
    items = _noted(run, spots)
    async for item in value:
        items.append(item)
    return items


def _noted(run: Run, spots: Spots) -> list[Any]:
    """A list whose items are known to the run, even if there comes no end of them, unless they are others'."""
    items: list[Any] = []
    if not spots.stored:
        run.made.append(items)
    return items
