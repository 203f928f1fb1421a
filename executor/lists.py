"""Completing lists: their items are completed together, those of all lists at a place of the plan."""

from functools import partial
from itertools import chain, islice
from typing import Any

from executor.completion import complete
from executor.plan import Output
from executor.run import Answer, Run, gathered
from executor.spots import ItemSpots, Spots
from executor.values import LASTING, LISTS, Unusual, check_iterable, is_async_iterable


class Items:
    """A list."""

    writes_null = False

    def __init__(self, item: Output, *, required: bool) -> None:
        self.required = required
        self.item = item

    def complete(self, run: Run, values: list[Any], spots: Spots) -> Answer:
        if LISTS.all(values):
            return self._complete(run, spots, values)
        if spots.stored and not LASTING.all(values):
            raise Unusual
        if any(map(is_async_iterable, values)):
            return run.then(run.later(_listed(run, values)), partial(self._complete, run, spots))
        return self._complete(run, spots, [_list_of(run, value) for value in values])

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


def _list_of(run: Run, value: Any) -> list[Any]:
    """The items of whatever passes for a list. They are known to the run, even if there comes no end of them."""
    check_iterable(value)
    items: list[Any] = []
    run.made.append(items)
    items.extend(value)
    return items


async def _listed(run: Run, values: list[Any]) -> list[Any]:
    """A list of each value, some of which are iterated over asynchronously."""
    slow = [index for index, value in enumerate(values) if is_async_iterable(value)]
    lists: list[Any] = [None if index in slow else _list_of(run, value) for index, value in enumerate(values)]
    found = await gathered([_drained(run, values[index]) for index in slow])
    for index, items in zip(slow, found, strict=True):
        lists[index] = items
    return lists


async def _drained(run: Run, value: Any) -> list[Any]:
    items: list[Any] = []
    run.made.append(items)
    async for item in value:
        items.append(item)  # noqa: PERF401 - what there is must be known when the iteration fails
    return items
