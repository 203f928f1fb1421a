"""Who waits in line, and what becomes of things that nobody wants any more."""

import asyncio

import pytest

from queries.line import Line

LONG = 60
TOO_LONG = TimeoutError("too long")


@pytest.fixture
def refused() -> list[str]:
    return []


@pytest.fixture
def line(refused: list[str]) -> Line[str]:
    return Line(refused.append)


async def waiting(line: Line[str], number: int) -> list["asyncio.Task[str]"]:
    tasks = [asyncio.create_task(line.wait(LONG, TOO_LONG)) for _ in range(number)]
    await asyncio.sleep(0)
    return tasks


async def test_first_come_first_served(line: Line[str]) -> None:
    tasks = await waiting(line, 3)
    assert [line.serve(each) for each in "abcd"] == [True, True, True, False]
    assert await asyncio.gather(*tasks) == ["a", "b", "c"]


async def test_whoever_has_gone_is_passed_over(line: Line[str], refused: list[str]) -> None:
    first, second = await waiting(line, 2)
    first.cancel()
    await asyncio.sleep(0)
    assert line.serve("a")
    assert (await second, refused) == ("a", [])


async def test_what_is_handed_to_somebody_who_leaves_at_that_moment_is_not_lost(
    line: Line[str], refused: list[str]
) -> None:
    (leaving,) = await waiting(line, 1)
    assert line.serve("a")
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert refused == ["a"]


async def test_patience_ends(line: Line[str], refused: list[str]) -> None:
    with pytest.raises(TimeoutError, match="too long"):
        await line.wait(0.01, TOO_LONG)
    assert not line.serve("a")
    assert refused == []
