"""A database that accepts connections and statements but does not answer: requests end, and later ones succeed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from unittest.mock import Mock

import pytest

from database.answer_deadline import GRACE_SECONDS, AnswerDeadline
from tests.security.conftest import OutageServer
from tests.support import documents
from tests.support.client import GraphQLResponse

QUERY = "{ viewer { email } tasks { nodes { id } } teams { totalCount } }"
REQUEST_COUNT = 30
HANG_SECONDS = 40


@pytest.mark.slow
@pytest.mark.only("postgresql")
async def test_requests_end_while_the_database_is_silent_and_succeed_after_it(outage_server: OutageServer) -> None:
    async def send(number: int) -> GraphQLResponse:
        if number % 3:
            return await outage_server.client(QUERY)
        return await outage_server.client(documents.create("Team"), input={"name": f"Team {number}"})

    async def send_all() -> list[GraphQLResponse]:
        async with asyncio.timeout(HANG_SECONDS):
            return await asyncio.gather(*(send(number) for number in range(REQUEST_COUNT)))

    assert (await outage_server.client(QUERY)).status == 200
    in_flight = asyncio.create_task(_send_until_unavailable(outage_server))
    await asyncio.sleep(0.2)
    with outage_server.cluster.suspended():
        async with asyncio.timeout(HANG_SECONDS):
            await in_flight
        for _ in range(2):  # with the connections from before, then without any
            for response in await send_all():
                assert set(response.error_codes) == {"UNAVAILABLE"}
                assert response.status == 503
    async with asyncio.timeout(HANG_SECONDS):
        while (await outage_server.client(QUERY)).status != 200:  # noqa: ASYNC110 -- only requests show the recovery
            await asyncio.sleep(0.1)
    for response in await send_all():
        assert response.data
    assert "Traceback" not in outage_server.process.output


async def _send_until_unavailable(outage_server: OutageServer) -> None:
    """Send queries and mutations one after the other until one fails, which is then UNAVAILABLE."""
    for number in range(1_000_000):
        created = await outage_server.client(documents.create("Team"), input={"name": f"In flight {number}"})
        response = await outage_server.client(QUERY) if not created.error_codes else created
        if response.error_codes:
            assert set(response.error_codes) == {"UNAVAILABLE"}
            return


class FakeLoop:
    """An event loop's clock and timers, which `advance` moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., None], *arguments: object) -> "Timer":
        timer = Timer(when, partial(callback, *arguments), self.timers)
        self.timers.append(timer)
        return timer

    def call_later(self, delay: float, callback: Callable[..., None], *arguments: object) -> "Timer":
        return self.call_at(self.now + delay, callback, *arguments)

    def advance(self, seconds: float) -> None:
        """Let time pass, and run the timers that are due."""
        self.now += seconds
        for timer in [timer for timer in self.timers if timer.when <= self.now]:
            self.timers.remove(timer)
            timer.callback()


@dataclass
class Timer:
    """A timer of a FakeLoop."""

    when: float
    callback: Callable[[], None]
    timers: "list[Timer]"

    def cancel(self) -> None:
        self.timers.remove(self)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    """The event loop of the deadlines."""
    fake_loop = FakeLoop()
    monkeypatch.setattr("database.answer_deadline.get_running_loop", lambda: fake_loop)
    return fake_loop


def test_deadline_terminates_a_connection_that_does_not_answer(loop: FakeLoop) -> None:
    terminate = Mock()
    AnswerDeadline(3, terminate).start()
    loop.advance(2.9)
    loop.advance(0.1)
    terminate.assert_not_called()
    loop.advance(GRACE_SECONDS)
    terminate.assert_called_once()
    assert loop.timers == []


def test_deadline_is_that_of_the_current_statement(loop: FakeLoop) -> None:
    terminate = Mock()
    deadline = AnswerDeadline(3, terminate)
    for _ in range(10):
        deadline.start()
        loop.advance(2)
        deadline.stop()
        assert len(loop.timers) <= 1
    deadline.start()
    loop.advance(2.9)
    terminate.assert_not_called()
    loop.advance(0.1)
    loop.advance(GRACE_SECONDS)
    terminate.assert_called_once()


def test_answer_that_arrived_while_the_process_was_suspended_is_in_time(loop: FakeLoop) -> None:
    terminate = Mock()
    deadline = AnswerDeadline(3, terminate)
    deadline.start()
    loop.advance(100)
    deadline.stop()  # the task resumes after the timer
    deadline.start()
    loop.advance(GRACE_SECONDS)
    terminate.assert_not_called()
    deadline.close()
    assert loop.timers == []


def test_no_statement_timeout_means_no_deadline(loop: FakeLoop) -> None:
    AnswerDeadline(None, Mock()).start()
    assert loop.timers == []
