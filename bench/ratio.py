"""What benchmarks share: how often something can be done in a second, by one or by many."""

import asyncio
import time
from collections.abc import Awaitable, Callable

Doing = Callable[[], Awaitable[object]]


async def per_second(doing: Doing, *, seconds: float, at_once: int = 1) -> float:
    """How often it is done in a second, by so many at once; a little of it beforehand does not count."""
    await _run(doing, min(seconds, 0.5), at_once)
    return await _run(doing, seconds, at_once)


async def _run(doing: Doing, seconds: float, at_once: int) -> float:
    done, began = 0, time.perf_counter()

    async def repeat() -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            await doing()
            done += 1

    await asyncio.gather(*(repeat() for _ in range(at_once)))
    return done / (time.perf_counter() - began)


async def milliseconds(doing: Doing, *, times: int) -> float:
    """How long it takes on average."""
    await doing()
    began = time.perf_counter()
    for _ in range(times):
        await doing()
    return (time.perf_counter() - began) / times * 1000


def report(what: str, ours: float, other: float, unit: str = "per second") -> str:
    """A line: ours, the other, and their ratio."""
    return f"{what:<44}{ours:>10,.1f}{other:>12,.1f} {unit}   ratio {ours / other:.2f}"
