"""The large bodies of a network's requests have a limit together."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
HANG_SECONDS = 60
MAX_ATTEMPTS = 200


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that may hold bodies of two MiB of each network."""
    variables = {"MAX_REQUEST_MEMORY_BYTES": str(8 * MEBIBYTE)}
    with ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'bodies.db'}", "--demo", **variables) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            yield client


async def begin_body(client: httpx.AsyncClient, size: int) -> asyncio.StreamWriter:
    """Send a request without the last byte of its body."""
    url = urlsplit(str(client.base_url))
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(HEAD % size + b" " * (size - 1))
    await writer.drain()
    return writer


async def post_large(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/graphql", json={"query": "{ __typename }" + " " * (MEBIBYTE // 2)})


async def wait_for_status(client: httpx.AsyncClient, status: int) -> httpx.Response:
    """Send a large request until it gets this status: the server may not have read the other bodies yet."""
    for _ in range(MAX_ATTEMPTS):
        response = await post_large(client)
        if response.status_code == status:
            return response
        await asyncio.sleep(0.05)
    raise AssertionError(f"No response has the status {status}.")


async def test_bodies_beyond_the_memory_are_refused(http: httpx.AsyncClient) -> None:
    writers = [await begin_body(http, MEBIBYTE * 9 // 10) for _ in range(2)]
    refused = await wait_for_status(http, 503)
    assert refused.headers["Retry-After"] == "1"
    (error,) = refused.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 1}
    assert "more than 2097152 bytes, a quarter of MAX_REQUEST_MEMORY_BYTES" in error["message"]
    small = await http.post("/graphql", json={"query": "{ __typename }"})
    assert small.json() == {"data": {"__typename": "Query"}}
    for writer in writers:
        writer.close()
    assert (await wait_for_status(http, 200)).json() == {"data": {"__typename": "Query"}}
