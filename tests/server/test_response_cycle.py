"""Responses are written as uvicorn writes them, whole ones in one step."""

import asyncio
from logging import getLogger
from types import SimpleNamespace
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
WHOLE = START | {"body": b"null"}
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
        self.read_paused = False
        self.drained = 0

    async def drain(self) -> None:
        self.drained += 1


class Response:
    """A response that is written by a cycle of this class."""

    def __init__(self, cycle_class: Any, method: str = "POST", *, keep_alive: bool = True) -> None:
        self.transport, self.flow = Transport(), Flow()
        self.completed = 0
        scope: Any = {"type": "http", "method": method}
        if cycle_class is ResponseCycle:
            self.cycle = ResponseCycle(self._protocol(keep_alive=keep_alive), scope)
            return
        arguments: Any = (scope, self.transport, self.flow, getLogger("test"), None, False, [DATE], asyncio.Event())
        self.cycle = cycle_class(
            *arguments, expect_100_continue=False, keep_alive=keep_alive, on_response=self._complete
        )

    def _complete(self) -> None:
        self.completed += 1

    def _protocol(self, *, keep_alive: bool) -> Any:
        """Return the connection, as far as a cycle needs it."""
        return SimpleNamespace(
            transport=self.transport,
            flow=self.flow,
            server_state=SimpleNamespace(default_headers=[DATE]),
            on_response_complete=self._complete,
            parser=SimpleNamespace(should_keep_alive=lambda: keep_alive),
        )

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


def join(first: dict[str, Any], *rest: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the messages of an application whose first message contains the whole body, if there is one."""
    is_whole = first["type"] == "http.response.start" and rest[0]["type"] == "http.response.body"
    if not is_whole or rest[0].get("more_body"):
        return first, *rest
    return {**first, "body": rest[0].get("body", b"")}, *rest[1:]


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
@pytest.mark.parametrize("keep_alive", [True, False], ids=["stays open", "is closed"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "parts"])
@pytest.mark.parametrize("name", EXCHANGES)
async def test_response_is_that_of_uvicorn(name: str, method: str, keep_alive: bool, is_whole: bool) -> None:  # noqa: FBT001
    messages = EXCHANGES[name]
    expected = Response(RequestResponseCycle, method, keep_alive=keep_alive)
    response = Response(ResponseCycle, method, keep_alive=keep_alive)
    error = await expected.send(*messages)
    assert await response.send(*(join(*messages) if is_whole else messages)) == error
    assert response.state == expected.state


async def test_parts_of_a_body_are_appended_in_place() -> None:
    cycle = Response(ResponseCycle).cycle
    body = cycle.body
    cycle.body += b"null"
    assert cycle.body is body


async def test_body_that_has_arrived_is_received_once() -> None:
    cycle = Response(ResponseCycle).cycle
    cycle.body += b"null"
    cycle.more_body = False
    cycle.message_event.set()
    assert await cycle.receive() == {"type": "http.request", "body": b"null", "more_body": False}
    assert not cycle.message_event.is_set()
    cycle.disconnected = True
    assert await cycle.receive() == {"type": "http.disconnect"}


async def test_whole_response_with_known_headers_is_written_in_one_step() -> None:
    response = Response(ResponseCycle)
    await response.send(WHOLE)
    assert len(response.transport.written) == 1


async def test_whole_response_is_not_written_to_a_client_that_has_disconnected() -> None:
    response = Response(ResponseCycle)
    response.cycle.disconnected = True
    await response.send(WHOLE)
    assert response.transport.written == []


async def test_whole_response_waits_for_a_client_that_reads_slowly() -> None:
    response = Response(ResponseCycle)
    response.flow.write_paused = True
    await response.send(WHOLE)
    assert response.flow.drained == 2
    assert b"".join(response.transport.written).endswith(b"\r\n\r\nnull")
