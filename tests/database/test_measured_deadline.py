"""Measuring statements by the deadlines of their connections."""

import asyncio

import pytest

from database.answer_deadline import AnswerDeadline, MeasuredDeadline

SECONDS = 0.02


@pytest.mark.parametrize("limit", [None, 5.0])
async def test_time_of_an_answer_is_measured(limit: float | None) -> None:
    seconds: list[float] = []
    deadline = MeasuredDeadline(seconds.append, limit, lambda: None)
    assert deadline.statement_timeout == AnswerDeadline(limit, lambda: None).statement_timeout
    for statements in (1, 3):
        deadline.start(statements)
        await asyncio.sleep(SECONDS)
        deadline.stop()
    deadline.stop()
    deadline.close()
    assert len(seconds) == 2
    assert all(SECONDS - 0.001 <= each < 5 for each in seconds)


async def test_missing_answer_ends_the_connection_all_the_same() -> None:
    terminated = asyncio.Event()
    deadline = MeasuredDeadline(lambda _seconds: None, 0.01, terminated.set)
    deadline.start()
    await asyncio.wait_for(terminated.wait(), 10)
    deadline.close()
