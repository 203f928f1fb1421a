"""Measures how often an asynchronous operation can run per second, with one or several running concurrently."""

import asyncio
import time
from collections.abc import Awaitable, Callable

AsyncOperation = Callable[[], Awaitable[object]]


TURNS = 10
"""How often two operations take turns, so that other load on the machine slows both."""


async def compare_per_second(
    ours: AsyncOperation, other: AsyncOperation, *, seconds: float, concurrency: int = 1
) -> tuple[float, float]:
    """Return how often each operation runs per second, after a warm-up. Each runs for these seconds, in turns."""
    operations = (ours, other)
    for operation in operations:
        await _run_repeatedly(operation, min(seconds, 0.5), concurrency)
    turns = [
        [await _run_repeatedly(operation, seconds / TURNS, concurrency) for operation in operations]
        for _ in range(TURNS)
    ]
    own_speed, other_speed = (sum(speeds) / TURNS for speeds in zip(*turns, strict=True))
    return own_speed, other_speed


async def _run_repeatedly(operation: AsyncOperation, seconds: float, concurrency: int) -> float:
    count, start = 0, time.perf_counter()

    async def repeat() -> None:
        nonlocal count
        while time.perf_counter() - start < seconds:
            await operation()
            count += 1

    await asyncio.gather(*(repeat() for _ in range(concurrency)))
    return count / (time.perf_counter() - start)


async def measure_milliseconds(operation: AsyncOperation, *, repetitions: int) -> float:
    """Return the average duration of the operation in milliseconds."""
    await operation()
    start = time.perf_counter()
    for _ in range(repetitions):
        await operation()
    return (time.perf_counter() - start) / repetitions * 1000


def format_ratio(label: str, ours: float, other: float, unit: str = "per second") -> str:
    """Return a line with this application's figure, the other figure, and their ratio."""
    return f"{label:<44}{ours:>10,.1f}{other:>12,.1f} {unit}   ratio {ours / other:.2f}"
