"""Subscriptions over real connections: the bytes of HTTP, and how connections end."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.cli.graceful_server import GracefulServer
from server.cli.server_options import build_config, shutdown_times
from server.http.live_streams import SHUTTING_DOWN
from tests.streams.conftest import OpenApp
from tests.support.app_fixture import AppFixture
from tests.support.number_stream import SUBSCRIPTION, NumberStream
from tests.support.settings import build_settings

pytestmark = pytest.mark.only("sqlite")

HANG_SECONDS = 60
SEND_SECONDS = 2
CHUNK = b'event: next\ndata: {"data":{"numbers":1}}\n\n'


class Server:
    """A server in this process."""

    def __init__(self, server: GracefulServer, port: int, headers: dict[str, str]) -> None:
        self.server = server
        self._port = port
        self._headers = headers

    @asynccontextmanager
    async def connect(
        self, version: str = "1.1", query: str = SUBSCRIPTION, limit: int = 65_536, receive_buffer: int | None = None
    ) -> AsyncIterator[asyncio.StreamReader]:
        """Send a request that accepts server-sent events."""
        connection = socket.socket()
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self._port))
        reader, writer = await asyncio.open_connection(sock=connection, limit=limit)
        body = json.dumps({"query": query}).encode()
        headers = self._headers | {"Accept": "text/event-stream", "Content-Type": "application/json"}
        lines = [f"POST /graphql HTTP/{version}", "Host: here", *(f"{name}: {headers[name]}" for name in headers)]
        writer.write("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        try:
            async with asyncio.timeout(HANG_SECONDS):
                yield reader
        finally:
            writer.transport.abort()


@pytest.fixture
async def server(
    open_app: OpenApp, app_fixture: AppFixture, database_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Server]:
    """A server with the stream and the settings of the test, which ends with the test."""
    settings = build_settings(database_url)
    async with open_app(**getattr(request, "param", {})) as app:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            running = GracefulServer(build_config(settings, app), shutdown_times(settings))
            task = asyncio.create_task(running.serve([listener]))
            while not running.started:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield Server(running, listener.getsockname()[1], app_fixture.tenant.client().headers)
            running.should_exit = True
            async with asyncio.timeout(HANG_SECONDS):
                await task


async def read_head(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode().lower()


async def read_chunk(reader: asyncio.StreamReader) -> bytes:
    size = int(await reader.readline(), 16)
    return (await reader.readexactly(size + 2))[:-2]


async def test_each_event_is_a_chunk(server: Server, stream: NumberStream) -> None:
    async with server.connect() as reader:
        head = await read_head(reader)
        assert head.startswith("http/1.1 200 ok\r\n")
        assert ("transfer-encoding: chunked" in head, "connection: close" in head) == (True, False)
        assert await read_chunk(reader) == b":\n\n"
        await stream.queue.put(1)
        assert await read_chunk(reader) == CHUNK
        await stream.queue.put(None)
        assert await read_chunk(reader) == b"event: complete\ndata:\n\n"
        assert await reader.readexactly(5) == b"0\r\n\r\n"


async def test_http_1_0_has_no_chunks(server: Server, stream: NumberStream) -> None:
    async with server.connect("1.0") as reader:
        head = await read_head(reader)
        assert ("transfer-encoding" in head, "connection: close" in head) == (False, True)
        for value in (1, None):
            await stream.queue.put(value)
        assert await reader.read() == b":\n\n" + CHUNK + b"event: complete\ndata:\n\n"
    async with server.connect("1.0", "{ __typename }") as reader:
        assert "content-length: " in await read_head(reader)
        assert (await reader.read()).endswith(b"event: complete\ndata:\n\n")


async def test_disconnect_closes_the_stream(server: Server, stream: NumberStream) -> None:
    async with server.connect() as reader:
        await read_head(reader)
    async with asyncio.timeout(HANG_SECONDS):
        await stream.closed.wait()


@pytest.mark.parametrize("server", [{"send_timeout": SEND_SECONDS}], indirect=True)
async def test_client_that_acknowledges_nothing_is_disconnected(server: Server, stream: NumberStream) -> None:
    async with server.connect(limit=2000, receive_buffer=4096) as reader:
        await read_head(reader)
        await stream.queue.put("x" * 50_000)  # less than pauses the transport, more than the client's buffers
        async with asyncio.timeout(HANG_SECONDS):
            await stream.closed.wait()


async def end_streams(server: Server) -> None:
    """Shut the server down."""
    server.server.should_exit = True
    async with asyncio.timeout(HANG_SECONDS):
        while server.server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_shutdown_cuts_responses_off(
    server: Server, stream: NumberStream, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with server.connect(version) as reader:
        await read_head(reader)
        await end_streams(server)
        body = await reader.read()
        assert f": {SHUTTING_DOWN}\n\n".encode() in body
        assert not body.endswith(b"0\r\n\r\n")  # an HTTP client reports an error
        await stream.closed.wait()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_shutdown_does_not_wait_for_clients_that_do_not_read(
    server: Server, stream: NumberStream, caplog: pytest.LogCaptureFixture
) -> None:
    async with server.connect(limit=2000) as reader:
        await read_head(reader)
        for _ in range(20):
            await stream.queue.put("x" * 1_000_000)
        while (size := stream.queue.qsize()) > 0:
            await asyncio.sleep(0.1)
            if stream.queue.qsize() == size:  # the buffers are full
                break
        assert stream.queue.qsize() > 0
        await end_streams(server)
        await stream.closed.wait()
    assert "Cancel" not in caplog.text


async def test_others_are_served_while_a_client_does_not_read(server: Server, stream: NumberStream) -> None:
    async with server.connect(limit=2000) as slow:
        await read_head(slow)
        for _ in range(5):
            await stream.queue.put("x" * 1_000_000)
        async with server.connect(query="{ __typename }") as reader:
            assert (await read_head(reader)).startswith("http/1.1 200 ok")
