"""How values are completed: all values that a field has at a place of the plan together."""

from functools import partial
from typing import Any

from graphql import Undefined

from executor.plan import Output
from executor.run import Answer, Run
from executor.spots import SomeSpots, Spots
from executor.values import PLAIN, SOUND, Unusual, any_awaitable


def complete(run: Run, output: Output, values: list[Any], spots: Spots) -> Answer:
    """What graphql-core makes of the values, be they null or to be awaited."""
    if PLAIN.all(values):
        return output.complete(run, values, spots)
    if any_awaitable(values):
        if spots.stored:
            raise Unusual  # it could not be awaited again, if graphql-core had to
        return run.then(run.later(run.awaited(values)), lambda ready: _complete_ready(run, output, ready, spots))
    return _complete_ready(run, output, values, spots)


def _complete_ready(run: Run, output: Output, values: list[Any], spots: Spots) -> Answer:
    if not SOUND.all(values) or any_awaitable(values):
        raise Unusual
    present = [index for index, value in enumerate(values) if value is not None and value is not Undefined]
    if output.writes_null or len(present) == len(values):
        return output.complete(run, values, spots)
    if output.required:
        raise Unusual
    if not present:
        return [None] * len(values)
    done = output.complete(run, [values[index] for index in present], SomeSpots(spots, present))
    return run.then(done, partial(_placed, len(values), present))


def _placed(count: int, places: list[int], done: list[Any]) -> list[Any]:
    results: list[Any] = [None] * count
    for place, result in zip(places, done, strict=True):
        results[place] = result
    return results
