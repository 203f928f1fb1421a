"""The options with which an execution is divided into slices: large results are encoded while they are built."""

from collections.abc import Callable
from typing import Any

from executor.meter import Meter
from executor.pacer import Pacer

MAX_PLAIN_VALUES = 10_000
"""So many values of an operation are returned as they are; the objects of further large batches are encoded."""
SMALL_BATCH_VALUES = 500
"""A smaller batch consists mostly of objects below it, which are encoded already. It may use the limit once more."""

Encode = Callable[[Any], tuple[Any, int]]
"""Encodes a response object: returns a value that represents it in the result, and its size in bytes."""


class Slicing:
    """How an execution encodes objects, what it calls after each chunk of parents, and when it yields to others."""

    __slots__ = ("_must_yield", "_pacer", "encode", "on_chunk")

    def __init__(
        self, encode: Encode, on_chunk: Callable[[], None], must_yield: Callable[[], bool] | None = None
    ) -> None:
        self.encode = encode
        self.on_chunk = on_chunk
        self._must_yield = must_yield
        self._pacer: Pacer | None = None

    @property
    def pacer(self) -> Pacer:
        """The pacer of the execution. Most executions need none."""
        if self._pacer is None:
            self._pacer = Pacer(self._must_yield)
        return self._pacer


def must_encode(meter: Meter, values: int) -> bool:
    """Return whether the batch whose values were counted last must be encoded, as the limit is exceeded. Then they do
    not count."""
    if values < SMALL_BATCH_VALUES and meter.plain_values <= 2 * MAX_PLAIN_VALUES:
        return False
    meter.plain_values -= values
    return True
