"""Builds and encodes the response objects of a selection in slices, so that only one slice of them exists as dicts."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

from executor.execution import Execution
from executor.plan import Selection
from executor.slicing import Slicing
from executor.types import Positions

SLICE_VALUES = 500
"""The number of values that are encoded between two looks at the clock and at the limit."""


async def encode_objects(  # noqa: PLR0913, PLR0917 - the parts of a batch
    execution: Execution,
    slicing: Slicing,
    selection: Selection,
    parents: Collection[Any],
    positions: Sequence[Positions],
    parts: Sequence[list[Any]],
) -> list[Any]:
    """Return the encoded response objects of a selection, one per parent. `positions` are those of the parents and,
    after them, of the fields."""
    ids = list(map(id, parents)) if execution.dedupe_objects and not selection.fields else ()
    counts = Counter(ids)
    if len(counts) == len(ids):
        return await _encode(execution, slicing, selection, list(parents), positions, parts, repeat(1))
    unique = dict(zip(ids, parents, strict=True))
    encoded = await _encode(execution, slicing, selection, list(unique.values()), positions, parts, counts.values())
    return list(map(dict(zip(unique, encoded, strict=True)).__getitem__, ids))


async def _encode(  # noqa: PLR0913, PLR0917 - the parts of a batch
    execution: Execution,
    slicing: Slicing,
    selection: Selection,
    parents: list[Any],
    positions: Sequence[Positions],
    parts: Sequence[list[Any]],
    occurrences: Iterable[int],
) -> list[Any]:
    """Return an encoded object per parent. Each counts as often as it occurs in the response."""
    execution.meter.has_encoded_objects = True
    encode, count = slicing.encode, iter(occurrences)
    encoded: list[Any] = []
    counted_bytes = sum(position.encoded_bytes for position in positions[1:])
    for objects in _build_slices(selection, parents, parts):
        size = 0
        for each in objects:
            value, length = encode(each)
            encoded.append(value)
            size += length * next(count)
        new_bytes = max(0, size - counted_bytes)
        counted_bytes -= size - new_bytes
        positions[0].add_bytes(new_bytes)
        execution.meter.add_bytes(new_bytes)
        await slicing.pacer.pause()
    return encoded


def _build_slices(selection: Selection, parents: list[Any], parts: Sequence[list[Any]]) -> Iterator[list[Any]]:
    step = max(1, SLICE_VALUES // selection.size.value_count)
    for start in range(0, len(parents), step):
        end = start + step
        yield selection.build_objects(parents[start:end], *(part[start:end] for part in parts))
