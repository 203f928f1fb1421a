"""Bodies that are too large, announced or not, on a real server as well."""

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

from server.body_limit import BodyLimitMiddleware
from tests.server.asgi import Conversation, chunks, client, converse

LIMIT = 1000
REFUSAL = {
    "errors": [
        {"message": f"The request's body is larger than {LIMIT} bytes.", "extensions": {"code": "BAD_USER_INPUT"}}
    ]
}


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def ignore(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("read nothing")


async def swallow(request: Request) -> PlainTextResponse:
    try:
        return await length(request)
    except Exception:  # noqa: BLE001
        return PlainTextResponse("broken", 400)


async def talk(at: WebSocket) -> None:
    await at.accept()
    await at.send_text(str(len(await at.receive_text())))


APP = BodyLimitMiddleware(
    Starlette(
        routes=[
            *(Route("/" + f.__name__, f, methods=["POST"]) for f in (length, ignore, swallow)),
            WebSocketRoute("/talk", talk),
        ]
    ),
    LIMIT,
)


def part(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


@pytest.mark.parametrize("size", [0, 100, LIMIT])
async def test_what_fits_passes(size: int) -> None:
    async with client(APP) as to:
        assert (await to.post("/length", content=b"x" * size)).text == str(size)
        assert (await to.post("/length", content=chunks(size))).text == str(size)


async def test_announced_bodies_are_refused() -> None:
    async with client(APP) as to:
        response = await to.post("/length", content=b"x" * (LIMIT + 1))
    assert (response.status_code, response.json()) == (413, REFUSAL)
    assert response.headers["connection"] == "close"


async def test_not_a_byte_of_them_is_awaited() -> None:
    conversation = await converse(APP, {"path": "/length", "headers": [(b"content-length", b"9" * 30)]})
    assert (conversation.statuses, conversation.asked_before_answer) == ([413], 0)


@pytest.mark.parametrize("path", ["/length", "/swallow"])
@pytest.mark.parametrize(
    "headers",
    [[], [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], [(b"content-length", b"-1")]],
)
async def test_streamed_bodies_are_refused_as_soon_as_they_are_too_large(
    path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    conversation = await converse(APP, {"path": path, "headers": headers}, [part(600), part(401), part(600)])
    assert (conversation.statuses, conversation.asked_before_answer) == ([413], 2)
    assert conversation.asked == 4  # the rest is thrown away, lest the client miss the answer


async def test_patience_has_an_end_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.body_limit._PATIENCE_BYTES", 5000)
    conversation = await converse(APP, {"path": "/length"}, [part(1001)] * 100)
    assert (conversation.statuses, conversation.asked) == ([413], 6)


async def test_patience_has_an_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.body_limit._PATIENCE_SECONDS", 0.01)
    conversation = Conversation([])

    async def receive() -> Message:
        await asyncio.sleep(60)
        return part(1)

    scope: Scope = {"type": "http", "headers": [(b"content-length", b"5000")]}
    await APP(scope, receive, conversation.send)
    assert conversation.statuses == [413]
    assert not conversation.sent[-1].get("more_body", False)


async def test_nobody_need_read_the_body() -> None:
    conversation = await converse(APP, {"path": "/ignore"}, [part(600), part(600)])
    assert (conversation.statuses, conversation.asked) == ([200], 0)


async def test_an_answer_that_had_begun_is_not_replaced() -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        while (message := await receive())["type"] == "http.request":
            await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    conversation = await converse(BodyLimitMiddleware(app, LIMIT), {}, [part(600), part(600), part(600)])
    assert (conversation.statuses, conversation.asked, len(conversation.sent)) == ([200], 2, 2)


async def test_frameworks_that_turn_it_into_their_own_error() -> None:
    app = FastAPI()

    @app.post("/")
    async def create(_given: Annotated[dict[str, Any], Body()]) -> None:
        """Read JSON."""

    app.add_middleware(BodyLimitMiddleware, max_bytes=LIMIT)
    async with client(app) as to:
        response = await to.post("/", content=chunks(2000), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()) == (413, REFUSAL)


async def test_errors_of_the_application_stay_its_own() -> None:
    async def fail(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await converse(BodyLimitMiddleware(fail, LIMIT), {}, [part(LIMIT)])


async def test_sockets_pass() -> None:
    incoming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "x" * 2 * LIMIT}]
    conversation = await converse(APP, {"type": "websocket", "path": "/talk"}, incoming)
    assert conversation.sent[-1]["text"] == str(2 * LIMIT)


@asynccontextmanager
async def serving(http: Literal["h11", "httptools"]) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(APP, log_config=None, lifespan="off", http=http))
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_clients_of_a_real_server_see_the_answer(http: Literal["h11", "httptools"]) -> None:
    async with serving(http) as url:
        for body in (b"x" * 3_000_000, chunks(3_000_000, 10_000), chunks(1100)):
            async with httpx.AsyncClient(base_url=url) as to:
                refused = await to.post("/length", content=body)
                assert (refused.status_code, refused.json()) == (413, REFUSAL)
                assert (await to.post("/length", content=chunks(500))).text == "500"
