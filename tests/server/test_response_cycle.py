"""Responses are written as uvicorn writes them, most of them in one step."""

import asyncio
from logging import getLogger
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.connections.response_cycle import ResponseCycle

DATE = (b"date", b"Mon, 30 Nov 2026 00:00:00 GMT")
JSON = (b"content-type", b"application/json; charset=utf-8")
LENGTH = (b"content-length", b"4")
START = {"type": "http.response.start", "status": 200, "headers": [LENGTH, JSON]}
BODY = {"type": "http.response.body", "body": b"null"}
PART = {"type": "http.response.body", "body": b"nu", "more_body": True}
REST = {"type": "http.response.body", "body": b"ll"}
END: dict[str, Any] = {"type": "http.response.body"}


class Transport:
    """Records what a response writes."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True


class Flow:
    """The client is slow if `write_paused`."""

    def __init__(self) -> None:
        self.write_paused = False
        self.drained = 0

    async def drain(self) -> None:
        self.drained += 1


class Response:
    """A response that is written by a cycle of this class."""

    def __init__(self, cycle_class: Any, method: str = "POST", **options: Any) -> None:
        self.transport, self.flow = Transport(), Flow()
        self.completed = 0
        scope: Any = {"type": "http", "method": method}
        arguments: Any = (scope, self.transport, self.flow, getLogger("test"), None, False, [DATE], asyncio.Event())
        options = {"expect_100_continue": False, "keep_alive": True} | options
        self.cycle = cycle_class(*arguments, **options, on_response=self._complete)

    def _complete(self) -> None:
        self.completed += 1

    async def send(self, *messages: Any) -> str | None:
        """Send the messages of the application. Return the error of the first one that fails."""
        try:
            for message in messages:
                await self.cycle.send(message)
        except RuntimeError as error:
            return str(error)
        return None

    @property
    def state(self) -> tuple[Any, ...]:
        """What the client and the server can observe of the response."""
        cycle = self.cycle
        flags = (cycle.response_started, cycle.response_complete, cycle.keep_alive, cycle.message_event.is_set())
        return (b"".join(self.transport.written), self.transport.is_closed, self.completed, self.flow.drained, *flags)


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    """Return the first message of a response."""
    return {"type": "http.response.start", "status": status, "headers": [*headers]}


EXCHANGES: dict[str, tuple[Any, ...]] = {
    "known headers": (START, BODY),
    "no body": (start((b"content-length", b"0")), END),
    "parts": (START, PART, REST),
    "a part and its end": (START, PART, REST, END),
    "no length": (start(JSON), PART, REST),
    "no headers": ({"type": "http.response.start", "status": 200}, BODY),
    "no content": (start(status=204), END),
    "another header": (start(LENGTH, (b"set-cookie", b"a=b")), BODY),
    "header in capitals": (start((b"Content-Length", b"4")), BODY),
    "close": (start(LENGTH, (b"connection", b"close")), BODY),
    "name with a line end": (start(LENGTH, (b"a\r\nb", b"")), BODY),
    "value with a line end": (start(LENGTH, (b"vary", b"a\r\nset-cookie: b")), BODY),
    "value with a line feed": (start(LENGTH, (b"vary", b"a\nset-cookie: b")), BODY),
    "value with a zero": (start(LENGTH, (b"vary", b"\0")), BODY),
    "value with a tab": (start(LENGTH, (b"vary", b"a\tb")), BODY),
    "two lengths": (start(LENGTH, (b"content-length", b"2")), BODY),
    "two starts without a body": (start((b"content-length", b"0")), start((b"content-length", b"0"))),
    "body too long": (START, {**BODY, "body": b"false"}),
    "body too short": (START, {**BODY, "body": b"1"}),
    "two bodies": (START, BODY, BODY),
    "body first": (BODY, START),
    "two starts": (START, START),
}  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "HEAD"])
@pytest.mark.parametrize("options", [{"keep_alive": True}, {"keep_alive": False}], ids=["stays open", "is closed"])
@pytest.mark.parametrize("name", EXCHANGES)
async def test_response_is_that_of_uvicorn(name: str, method: str, options: dict[str, Any]) -> None:
    expected = Response(RequestResponseCycle, method, **options)
    response = Response(ResponseCycle, method, **options)
    assert await response.send(*EXCHANGES[name]) == await expected.send(*EXCHANGES[name])
    assert response.state == expected.state


async def test_invalid_length_is_an_error_and_begins_no_response() -> None:
    response = Response(ResponseCycle)
    with pytest.raises(ValueError, match="abc"):
        await response.send(start((b"content-length", b"abc")))
    assert (response.transport.written, response.cycle.response_started) == ([], False)


@pytest.mark.parametrize("error", [None, ValueError()], ids=["returns", "fails"])
async def test_application_that_sends_no_body_is_answered_with_an_error(error: Exception | None) -> None:
    async def send_head(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        if error is not None:
            raise error

    response = Response(ResponseCycle)
    await response.cycle.run_asgi(send_head)
    assert b"".join(response.transport.written).startswith(b"HTTP/1.1 500 ")
    assert response.transport.is_closed


async def test_connection_that_must_close_before_the_body_is_closed_after_it() -> None:
    response = Response(ResponseCycle)
    await response.send(START)
    response.cycle.keep_alive = False
    await response.send(BODY)
    assert b"".join(response.transport.written).endswith(b"\r\n\r\nnull")
    assert response.transport.is_closed


async def test_response_with_known_headers_is_written_in_one_step() -> None:
    response = Response(ResponseCycle)
    await response.send(START, BODY)
    assert len(response.transport.written) == 1


async def test_response_that_began_before_the_client_disconnected_is_not_written() -> None:
    response = Response(ResponseCycle)
    await response.send(START)
    response.cycle.disconnected = True
    await response.send(BODY)
    assert response.transport.written == []


@pytest.mark.parametrize("pauses_after", [0, 1])
async def test_body_waits_for_a_client_that_reads_slowly(pauses_after: int) -> None:
    response = Response(ResponseCycle)
    response.flow.write_paused = pauses_after == 0
    await response.send(START)
    response.flow.write_paused = True
    await response.send(BODY)
    assert response.flow.drained == 2 - pauses_after
    assert b"".join(response.transport.written).endswith(b"\r\n\r\nnull")


async def test_continue_is_not_sent_after_the_response_has_begun() -> None:
    response = Response(ResponseCycle, expect_100_continue=True)
    await response.send(START)
    assert not response.cycle.waiting_for_100_continue
