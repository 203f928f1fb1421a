"""Request ids, the access log, and the last resort for exceptions."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.request_id import RequestIdMiddleware
from server.request_log import current_request
from tests.server.asgi import client as client_of
from tests.server.asgi import converse

LEAK = "password=hunter2"


async def echo(_request: Request) -> PlainTextResponse:
    record = current_request()
    assert record is not None
    record.tenant = "acme"
    return PlainTextResponse(record.id, headers={"X-Request-ID": "from inside"})


async def fail(_request: Request) -> PlainTextResponse:
    raise RuntimeError(LEAK)


async def leave(_request: Request) -> PlainTextResponse:
    raise ClientDisconnect


async def stream(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for _ in range(2):
            await asyncio.sleep(0)
            record = current_request()
            yield record.id if record else "none"

    return StreamingResponse(parts())


async def half(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        yield "half"
        raise RuntimeError(LEAK)

    return StreamingResponse(parts())


async def talk(socket: WebSocket) -> None:
    await socket.accept(headers=[(b"x-kept", b"1")])
    record = current_request()
    await socket.send_text(record.id if record else "none")
    await socket.close()


async def fail_late(socket: WebSocket) -> None:
    await socket.accept()
    raise RuntimeError(LEAK)


async def fail_early(_socket: WebSocket) -> None:
    raise RuntimeError(LEAK)


async def decline(socket: WebSocket) -> None:
    await socket.close()


ROUTES = [
    *(Route(path, endpoint) for path, endpoint in
      {"/echo": echo, "/fail": fail, "/leave": leave, "/stream": stream, "/half": half, "/health": echo}.items()),
    *(WebSocketRoute(path, endpoint) for path, endpoint in
      {"/talk": talk, "/late": fail_late, "/early": fail_early, "/decline": decline}.items()),
]  # fmt: skip


CORS = Middleware(CORSMiddleware, allow_origins=["https://a.example"], expose_headers=["X-Request-ID"])
APP = Starlette(routes=ROUTES, middleware=[CORS, Middleware(RequestIdMiddleware)])


@pytest.fixture
def client(caplog: pytest.LogCaptureFixture) -> httpx.AsyncClient:
    caplog.set_level(logging.INFO, "allotment")
    return client_of(APP)


def access(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.name == "allotment.access"]


async def test_every_request_gets_an_id(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/echo"), await client.get("/echo")
    assert first.headers.get_list("x-request-id") == [first.text]
    assert len(first.text) == 32
    assert first.text != second.text
    assert current_request() is None


@pytest.mark.parametrize("given", ["a", "0b5e9f8c-1d2e.A_b", "x" * 128])
async def test_well_formed_ids_are_taken(client: httpx.AsyncClient, given: str) -> None:
    assert (await client.get("/echo", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"x" * 129,
        b"a b",
        b"a\r\nSet-Cookie: x=1",
        b"a\nforged",
        b"a\n",
        b"\xff",
        "ä".encode(),
        b"a;b",
        b"${jndi:x}",
        b"<b>",
    ],
)
async def test_others_are_replaced(client: httpx.AsyncClient, given: bytes) -> None:
    response = await client.get("/echo", headers={b"X-Request-ID": given})
    assert len(response.headers["x-request-id"]) == 32
    assert "set-cookie" not in response.headers


async def test_two_ids_are_none(client: httpx.AsyncClient) -> None:
    given = [(b"X-Request-ID", b"one"), (b"X-Request-ID", b"two")]
    assert (await client.get("/echo", headers=given)).headers["x-request-id"] not in {"one", "two"}


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/fail", 500), ("/stream", 200)])
async def test_every_response_carries_it(client: httpx.AsyncClient, path: str, status: int) -> None:
    response = await client.get(path, headers={"X-Request-ID": "r-1"})
    assert (response.status_code, response.headers["x-request-id"]) == (status, "r-1")


async def test_streams_keep_the_record(client: httpx.AsyncClient) -> None:
    assert (await client.get("/stream", headers={"X-Request-ID": "r-1"})).text == "r-1r-1"


async def test_the_unexpected_is_logged_and_not_told(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.get("/fail", headers={"X-Request-ID": "r-1", "Origin": "https://a.example"})
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "r-1" in error["message"]
    assert LEAK not in response.text
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    (logged,) = [record for record in caplog.records if record.name == "allotment.error"]
    assert logged.exc_info is not None
    assert LEAK in str(logged.exc_info[1])
    assert access(caplog)[0].status == 500


async def test_half_an_answer_is_cut_off(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError):
        await client.get("/half")
    assert access(caplog)[0].status == 200
    assert "Unexpected exception" in caplog.text


async def test_a_client_that_left_is_no_error(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError):  # httpx had expected an answer
        await client.get("/leave")
    assert [record.status for record in access(caplog)] == [499]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_the_access_log(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.post("/nowhere/%0Aforged?token=t", headers={"X-Request-ID": "r-1"})
    (record,) = access(caplog)
    assert (record.method, record.path, record.status) == ("POST", "/nowhere/\nforged", 404)
    assert record.ms >= 0
    assert record.getMessage() == f"POST /nowhere/\nforged 404 {record.ms} ms"


async def test_probes_are_quiet(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.get("/health")
    assert access(caplog) == []


async def test_long_paths_are_cut(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.get("/" + "x" * 10_000)
    assert len(access(caplog)[0].path) == 256


# WebSockets


def handshake(path: str, **extensions: object) -> dict[str, Any]:
    return {"type": "websocket", "path": path, "headers": [(b"x-request-id", b"r-1")], "extensions": extensions}


CONNECT: Message = {"type": "websocket.connect"}


async def test_sockets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "allotment")
    accepted, text, _ = (await converse(APP, handshake("/talk"), [CONNECT])).sent
    assert accepted["headers"] == [(b"x-kept", b"1"), (b"x-request-id", b"r-1")]
    assert text["text"] == "r-1"
    (record,) = access(caplog)
    assert (record.method, record.path, record.status) == ("WEBSOCKET", "/talk", 101)


async def test_a_failing_socket_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    conversation = await converse(APP, handshake("/late"), [CONNECT])
    assert conversation.types == ["websocket.accept", "websocket.close"]
    assert conversation.sent[1]["code"] == 1011
    assert LEAK not in str(conversation.sent)
    assert "Unexpected exception" in caplog.text


async def test_a_handshake_that_fails_is_a_500() -> None:
    conversation = await converse(APP, handshake("/early", **{"websocket.http.response": {}}), [CONNECT])
    assert conversation.types == ["websocket.http.response.start", "websocket.http.response.body"]
    assert conversation.statuses == [500]
    assert (b"x-request-id", b"r-1") in conversation.sent[0]["headers"]
    assert json.loads(conversation.sent[1]["body"])["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_or_a_403_where_servers_know_no_better(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "allotment")
    for path in ("/early", "/decline"):
        assert (await converse(APP, handshake(path), [CONNECT])).types == ["websocket.close"]
    assert [record.status for record in access(caplog)] == [403, 403]


async def test_concurrent_requests_do_not_mix() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        before = current_request()
        await asyncio.sleep(0.01)
        assert before is current_request()
        assert before is not None
        assert before.id == scope["path"]
        await send({"type": "http.response.start", "status": 200})

    async def one(name: str) -> object:
        conversation = await converse(
            RequestIdMiddleware(app), {"path": name, "headers": [(b"x-request-id", name.encode())]}
        )
        return conversation.sent[0]["headers"]

    names = [f"r{n}" for n in range(50)]
    assert await asyncio.gather(*map(one, names)) == [[(b"x-request-id", name.encode())] for name in names]


async def test_other_scopes_pass_untouched() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        assert current_request() is None
        await send({"type": "lifespan.startup.complete"})

    assert (await converse(RequestIdMiddleware(app), {"type": "lifespan"})).sent == [
        {"type": "lifespan.startup.complete"}
    ]


async def test_cancelling_is_not_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "allotment")

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    task = asyncio.ensure_future(converse(RequestIdMiddleware(app), {}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(record.levelname, record.status) for record in access(caplog)] == [("INFO", 499)]
