"""Request ids, the access log, and the response to unexpected exceptions."""

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
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.http.request_id import RequestIdMiddleware
from server.http.response_headers import NO_SNIFF, VARY_ORIGIN
from server.telemetry.log_context import current_log_context
from tests.server.asgi_client import create_client, run_app

SECRET = "password=hunter2"


async def echo(_request: Request) -> PlainTextResponse:
    context = current_log_context()
    assert context is not None
    context.tenant = "acme"
    return PlainTextResponse(context.request_id, headers={"X-Request-ID": "from the application"})


async def fail(_request: Request) -> PlainTextResponse:
    raise RuntimeError(SECRET)


async def disconnect(_request: Request) -> PlainTextResponse:
    raise ClientDisconnect


async def stream(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for _ in range(2):
            await asyncio.sleep(0)
            context = current_log_context()
            yield context.request_id if context else "none"

    return StreamingResponse(parts())


async def fail_after_start(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        yield "partial"
        raise RuntimeError(SECRET)

    return StreamingResponse(parts())


async def send_id(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"x-custom", b"1")])
    context = current_log_context()
    await websocket.send_text(context.request_id if context else "none")
    await websocket.close()


async def fail_late(websocket: WebSocket) -> None:
    await websocket.accept()
    raise RuntimeError(SECRET)


async def fail_early(_websocket: WebSocket) -> None:
    raise RuntimeError(SECRET)


async def reject(websocket: WebSocket) -> None:
    await websocket.close()


ROUTES: list[BaseRoute] = [
    Route("/echo", echo),
    Route("/fail", fail),
    Route("/disconnect", disconnect),
    Route("/stream", stream),
    Route("/fail-after-start", fail_after_start),
    Route("/health", echo),
    WebSocketRoute("/send-id", send_id),
    WebSocketRoute("/fail-late", fail_late),
    WebSocketRoute("/fail-early", fail_early),
    WebSocketRoute("/reject", reject),
]


CORS = Middleware(CORSMiddleware, allow_origins=["https://a.example"], expose_headers=["X-Request-ID"])
APP = Starlette(routes=ROUTES, middleware=[CORS, Middleware(RequestIdMiddleware)])


@pytest.fixture
def client(caplog: pytest.LogCaptureFixture) -> httpx.AsyncClient:
    caplog.set_level(logging.INFO, "allotment")
    return create_client(APP)


def access_records(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.name == "allotment.access"]


async def test_request_without_id_gets_new_id(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/echo"), await client.get("/echo")
    assert first.headers.get_list("x-request-id") == [first.text]
    assert len(first.text) == 32
    assert first.text != second.text
    assert current_log_context() is None


@pytest.mark.parametrize("request_id", ["a", "0b5e9f8c-1d2e.A_b", "x" * 128])
async def test_well_formed_id_is_used(client: httpx.AsyncClient, request_id: str) -> None:
    assert (await client.get("/echo", headers={"X-Request-ID": request_id})).headers["x-request-id"] == request_id


@pytest.mark.parametrize(
    "request_id",
    [
        b"",
        b"x" * 129,
        b"a b",
        b"a\r\nSet-Cookie: x=1",
        b"a\ninjected",
        b"a\n",
        b"\xff",
        "ä".encode(),
        b"a;b",
        b"${jndi:x}",
        b"<b>",
    ],
)
async def test_malformed_id_is_replaced(client: httpx.AsyncClient, request_id: bytes) -> None:
    response = await client.get("/echo", headers={b"X-Request-ID": request_id})
    assert len(response.headers["x-request-id"]) == 32
    assert "set-cookie" not in response.headers


async def test_repeated_id_is_replaced(client: httpx.AsyncClient) -> None:
    headers = [(b"X-Request-ID", b"one"), (b"X-Request-ID", b"two")]
    assert (await client.get("/echo", headers=headers)).headers["x-request-id"] not in {"one", "two"}


@pytest.mark.parametrize(("path", "status"), [("/unknown", 404), ("/fail", 500), ("/stream", 200)])
async def test_every_response_has_id_header(client: httpx.AsyncClient, path: str, status: int) -> None:
    response = await client.get(path, headers={"X-Request-ID": "r-1"})
    assert (response.status_code, response.headers["x-request-id"]) == (status, "r-1")


async def test_streamed_response_keeps_log_context(client: httpx.AsyncClient) -> None:
    assert (await client.get("/stream", headers={"X-Request-ID": "r-1"})).text == "r-1r-1"


async def test_unexpected_exception_is_logged_and_masked(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.get("/fail", headers={"X-Request-ID": "r-1", "Origin": "https://a.example"})
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "r-1" in error["message"]
    assert SECRET not in response.text
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    (error_record,) = [record for record in caplog.records if record.name == "allotment.error"]
    assert error_record.exc_info is not None
    assert SECRET in str(error_record.exc_info[1])
    assert access_records(caplog)[0].status == 500


async def test_exception_after_start_of_response_propagates(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuntimeError):
        await client.get("/fail-after-start")
    assert access_records(caplog)[0].status == 200
    assert "Unexpected exception" in caplog.text


async def test_client_disconnect_is_not_an_error(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError):  # httpx expects a response
        await client.get("/disconnect")
    assert [record.status for record in access_records(caplog)] == [499]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_access_log_line_omits_query_string(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.post("/unknown/%0Ainjected?token=t", headers={"X-Request-ID": "r-1"})
    (record,) = access_records(caplog)
    assert (record.method, record.path, record.status) == ("POST", "/unknown/\ninjected", 404)
    assert record.ms >= 0
    assert record.getMessage() == f"POST /unknown/\ninjected 404 {record.ms} ms"


async def test_probes_are_not_logged(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.get("/health")
    assert access_records(caplog) == []


async def test_long_path_is_truncated_in_log(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.get("/" + "x" * 10_000)
    assert len(access_records(caplog)[0].path) == 256


# WebSockets


def handshake(path: str, **extensions: object) -> dict[str, Any]:
    return {"type": "websocket", "path": path, "headers": [(b"x-request-id", b"r-1")], "extensions": extensions}


CONNECT: Message = {"type": "websocket.connect"}


async def test_websocket_gets_id_and_log_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "allotment")
    accepted, text, _ = (await run_app(APP, handshake("/send-id"), [CONNECT])).sent
    assert accepted["headers"] == [(b"x-custom", b"1"), (b"x-request-id", b"r-1"), NO_SNIFF]
    assert text["text"] == "r-1"
    (record,) = access_records(caplog)
    assert (record.method, record.path, record.status) == ("WEBSOCKET", "/send-id", 101)


async def test_websocket_is_closed_after_exception(caplog: pytest.LogCaptureFixture) -> None:
    exchange = await run_app(APP, handshake("/fail-late"), [CONNECT])
    assert exchange.types == ["websocket.accept", "websocket.close"]
    assert exchange.sent[1]["code"] == 1011
    assert SECRET not in str(exchange.sent)
    assert "Unexpected exception" in caplog.text


async def test_exception_in_handshake_is_answered_with_500() -> None:
    exchange = await run_app(APP, handshake("/fail-early", **{"websocket.http.response": {}}), [CONNECT])
    assert exchange.types == ["websocket.http.response.start", "websocket.http.response.body"]
    assert exchange.statuses == [500]
    assert (b"x-request-id", b"r-1") in exchange.sent[0]["headers"]
    assert json.loads(exchange.sent[1]["body"])["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_failed_handshake_is_logged_as_403_without_http_response_extension(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "allotment")
    for path in ("/fail-early", "/reject"):
        assert (await run_app(APP, handshake(path), [CONNECT])).types == ["websocket.close"]
    assert [record.status for record in access_records(caplog)] == [403, 403]


async def test_concurrent_requests_have_separate_log_contexts() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        context = current_log_context()
        await asyncio.sleep(0.01)
        assert context is current_log_context()
        assert context is not None
        assert context.request_id == scope["path"]
        await send({"type": "http.response.start", "status": 200})

    async def response_headers(name: str) -> object:
        exchange = await run_app(
            RequestIdMiddleware(app), {"path": name, "headers": [(b"x-request-id", name.encode())]}
        )
        return exchange.sent[0]["headers"]

    names = [f"r{n}" for n in range(50)]
    expected = [[(b"x-request-id", name.encode()), NO_SNIFF, VARY_ORIGIN] for name in names]
    assert await asyncio.gather(*map(response_headers, names)) == expected


async def test_other_scopes_are_passed_through() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        assert current_log_context() is None
        await send({"type": "lifespan.startup.complete"})

    assert (await run_app(RequestIdMiddleware(app), {"type": "lifespan"})).sent == [
        {"type": "lifespan.startup.complete"}
    ]


async def test_cancellation_is_not_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "allotment")

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    task = asyncio.ensure_future(run_app(RequestIdMiddleware(app), {}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(record.levelname, record.status) for record in access_records(caplog)] == [("INFO", 499)]
