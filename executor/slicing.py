"""The options with which an execution is divided into slices: large results are encoded while they are built."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from executor.meter import Meter
from executor.pacer import Pacer

MAX_PLAIN_VALUES = 10_000
"""So many values of an operation are returned as they are; the objects of further large batches are encoded."""
MAX_PLAIN_BYTES = 2**20
"""The same limit for the size of long texts."""
SMALL_BATCH_VALUES = 500
"""A smaller batch consists mostly of objects below it, which are encoded already. It may use the limits once more."""

Encode = Callable[[Any], tuple[Any, int]]
"""Encodes a response object: returns a value that represents it in the result, and its size in bytes."""


@dataclass(eq=False)
class Slicing:
    """How an execution encodes objects, and what it calls after each chunk of parents."""

    encode: Encode
    on_chunk: Callable[[], None]
    pacer: Pacer = field(default_factory=Pacer)


def must_encode(meter: Meter, values: int, measure_texts: Callable[[Sequence[Any]], int] | None, parents: Any) -> bool:
    """Return whether a batch with so many values must be encoded at once; count it if not."""
    texts = measure_texts(parents) if measure_texts is not None else 0
    factor = 2 if values < SMALL_BATCH_VALUES else 1
    plain_values, plain_bytes = meter.plain_values + values, meter.plain_bytes + texts
    if plain_values > MAX_PLAIN_VALUES * factor or plain_bytes > MAX_PLAIN_BYTES * factor:
        return True
    meter.plain_values, meter.plain_bytes = plain_values, plain_bytes
    return False
