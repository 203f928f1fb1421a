"""The limit on the body's size, with and without Content-Length, in process and on a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
import pytest
import uvicorn
from fastapi import Body, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.http.body_limit import BodyLimitMiddleware
from tests.server.asgi_client import Exchange, create_client, run_app, stream_body

LIMIT = 1000
TOO_LARGE = {
    "errors": [
        {"message": f"The request's body is larger than {LIMIT} bytes.", "extensions": {"code": "BAD_USER_INPUT"}}
    ]
}


async def body_length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def ignore_body(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("read nothing")


async def catch_exceptions(request: Request) -> PlainTextResponse:
    try:
        return await body_length(request)
    except Exception:  # noqa: BLE001
        return PlainTextResponse("broken", 400)


async def websocket_length(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(str(len(await websocket.receive_text())))


APP = BodyLimitMiddleware(
    Starlette(
        routes=[
            *(
                Route(f"/{endpoint.__name__}", endpoint, methods=["POST"])
                for endpoint in (body_length, ignore_body, catch_exceptions)
            ),
            WebSocketRoute("/websocket_length", websocket_length),
        ]
    ),
    LIMIT,
)


def body_message(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


@pytest.mark.parametrize("size", [0, 100, LIMIT])
async def test_body_within_limit_is_accepted(size: int) -> None:
    async with create_client(APP) as client:
        assert (await client.post("/body_length", content=b"x" * size)).text == str(size)
        assert (await client.post("/body_length", content=stream_body(size))).text == str(size)


async def test_content_length_beyond_limit_is_rejected() -> None:
    async with create_client(APP) as client:
        response = await client.post("/body_length", content=b"x" * (LIMIT + 1))
    assert (response.status_code, response.json()) == (413, TOO_LARGE)
    assert response.headers["connection"] == "close"


async def test_content_length_beyond_limit_is_rejected_before_body_is_received() -> None:
    exchange = await run_app(APP, {"path": "/body_length", "headers": [(b"content-length", b"9" * 30)]})
    assert (exchange.statuses, exchange.receive_count_before_response) == ([413], 0)


@pytest.mark.parametrize("path", ["/body_length", "/catch_exceptions"])
@pytest.mark.parametrize(
    "headers",
    [[], [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], [(b"content-length", b"-1")]],
)
async def test_streamed_body_is_rejected_as_soon_as_it_exceeds_limit(
    path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    exchange = await run_app(
        APP, {"path": path, "headers": headers}, [body_message(600), body_message(401), body_message(600)]
    )
    assert (exchange.statuses, exchange.receive_count_before_response) == ([413], 2)
    assert exchange.receive_count == 4  # the rest is drained, so that the client reads the response


async def test_draining_stops_after_maximum_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.body_limit._MAX_DRAINED_BYTES", 5000)
    exchange = await run_app(APP, {"path": "/body_length"}, [body_message(1001)] * 100)
    assert (exchange.statuses, exchange.receive_count) == ([413], 6)


async def test_draining_stops_after_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.body_limit.DRAIN_SECONDS", 0.01)
    exchange = Exchange([])

    async def receive() -> Message:
        await asyncio.sleep(60)
        return body_message(1)

    scope: Scope = {"type": "http", "headers": [(b"content-length", b"5000")]}
    await APP(scope, receive, exchange.send)
    assert exchange.statuses == [413]
    assert not exchange.sent[-1].get("more_body", False)


async def test_application_may_respond_without_reading_body() -> None:
    exchange = await run_app(APP, {"path": "/ignore_body"}, [body_message(600), body_message(600)])
    assert (exchange.statuses, exchange.receive_count) == ([200], 0)


async def test_started_response_is_completed() -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        while (message := await receive())["type"] == "http.request":
            await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    exchange = await run_app(
        BodyLimitMiddleware(app, LIMIT), {}, [body_message(600), body_message(600), body_message(600)]
    )
    assert (exchange.statuses, exchange.receive_count, len(exchange.sent)) == ([200], 2, 2)


async def test_error_response_of_framework_is_replaced() -> None:
    app = FastAPI()

    @app.post("/")
    async def create(_body: Annotated[dict[str, Any], Body()]) -> None:
        """Read JSON."""

    app.add_middleware(BodyLimitMiddleware, max_bytes=LIMIT)
    async with create_client(app) as client:
        response = await client.post("/", content=stream_body(2000), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()) == (413, TOO_LARGE)


async def test_exception_of_application_propagates() -> None:
    async def fail(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_app(BodyLimitMiddleware(fail, LIMIT), {}, [body_message(LIMIT)])


async def test_websocket_messages_are_not_limited() -> None:
    incoming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "x" * 2 * LIMIT}]
    exchange = await run_app(APP, {"type": "websocket", "path": "/websocket_length"}, incoming)
    assert exchange.sent[-1]["text"] == str(2 * LIMIT)


@asynccontextmanager
async def run_server(http: Literal["h11", "httptools"]) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(APP, log_config=None, lifespan="off", http=http, interface="asgi3"))
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_client_of_real_server_receives_response(http: Literal["h11", "httptools"]) -> None:
    async with run_server(http) as url:
        for body in (b"x" * 3_000_000, stream_body(3_000_000, 10_000), stream_body(1100)):
            async with httpx.AsyncClient(base_url=url) as client:
                rejected = await client.post("/body_length", content=body)
                assert (rejected.status_code, rejected.json()) == (413, TOO_LARGE)
                assert (await client.post("/body_length", content=stream_body(500))).text == "500"
