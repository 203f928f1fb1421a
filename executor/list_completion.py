"""Completes lists: the items of all lists that a field has in a selection are completed together."""

from functools import partial
from itertools import accumulate, chain, pairwise
from typing import Any

from executor.completion import complete_values
from executor.cost_expressions import Size
from executor.execution import Execution
from executor.plan import Completer
from executor.positions import ItemPositions
from executor.selection_size import list_size
from executor.types import USED_ONCE, AwaitableOrList, Bailout, Positions
from executor.value_checks import LISTS, REUSABLE, is_async_iterable, require_iterable


class ListCompleter:
    """Completes lists and other iterables."""

    accepts_null = False

    def __init__(self, item: Completer, item_count: Size, *, required: bool) -> None:
        self.required = required
        self.item_completer = item
        self.projection = item.projection
        self.size = list_size(item_count, item.size)

    def complete(self, execution: Execution, values: list[Any], positions: Positions) -> AwaitableOrList:
        if LISTS.all(values):
            return self._complete_lists(execution, positions, values)
        if positions.needed_for_fallback and not REUSABLE.all(values):
            raise Bailout(USED_ONCE)
        if any(map(is_async_iterable, values)):
            lists = execution.track(_collect_lists(execution, values, positions))
            return execution.then(lists, partial(self._complete_lists, execution, positions))
        return self._complete_lists(execution, positions, [_to_list(execution, value, positions) for value in values])

    def _complete_lists(self, execution: Execution, positions: Positions, lists: list[Any]) -> AwaitableOrList:
        items = list(chain.from_iterable(lists))
        results = complete_values(execution, self.item_completer, items, ItemPositions(positions, lists))
        return _split(lists, results) if type(results) is list else execution.track(_split_awaited(lists, results))

    def describe(self) -> str:
        return f"[{self.item_completer.describe()}]"


def _split(lists: list[Any], results: list[Any]) -> list[Any]:
    """Split the items' results into lists of the original lengths."""
    if len(lists) == 1:
        return [results]
    ends = accumulate(map(len, lists), initial=0)
    return [results[start:end] for start, end in pairwise(ends)]


async def _split_awaited(lists: list[Any], results: Any) -> list[Any]:
    return _split(lists, await results)


def _to_list(execution: Execution, iterable: Any, positions: Positions) -> list[Any]:
    """Return the items of an iterable."""
    require_iterable(iterable)
    items = _tracked_list(execution, positions)
    items.extend(iterable)
    return items


async def _collect_lists(execution: Execution, values: list[Any], positions: Positions) -> list[Any]:
    """Return a list for each value; some of the values are asynchronous iterables."""
    async_indexes = [index for index, value in enumerate(values) if is_async_iterable(value)]
    lists: list[Any] = [
        [] if index in async_indexes else _to_list(execution, value, positions) for index, value in enumerate(values)
    ]
    collected = await execution.gather([_collect(execution, values[index], positions) for index in async_indexes])
    for index, items in zip(async_indexes, collected, strict=True):
        lists[index] = items
    return lists


async def _collect(execution: Execution, async_iterable: Any, positions: Positions) -> list[Any]:
    items = _tracked_list(execution, positions)
    async for item in async_iterable:
        items.append(item)
    return items


def _tracked_list(execution: Execution, positions: Positions) -> list[Any]:
    """Return a list whose items are closed if the plan fails, unless the fallback needs them."""
    items: list[Any] = []
    if not positions.needed_for_fallback:
        execution.produced.append(items)
    return items
