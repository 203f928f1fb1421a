"""The memory of responses that are being sent is limited."""

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest

from models import Project
from tests.security.overload_helpers import run_server
from tests.security.test_large_responses import SMALL_SIZE
from tests.support.app_fixture import AppFixture
from tests.support.large_dataset import TIMEOUT_SECONDS, LargeServer, insert_large_dataset, run_large_server
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20
UNCOMPRESSED = {"COMPRESS_MIN_BYTES": "0"}
"""The responses repeat the same texts, so that they would be small."""
DESCRIPTIONS = " ".join(f"d{number}: description" for number in range(50))
"""A project's descriptions have about 95 KB, and a network may have responses of 256 KiB."""
PAYLOAD = " ".join(f"{name}: project {{ {DESCRIPTIONS} }}" for name in "abc")
CREATE = "mutation ($name: String!, $text: String!) { createProject(input: {name: $name, description: $text}) { %s } }"
READ_TASKS = f"{{ tasks(first: 100) {{ nodes {{ {DESCRIPTIONS} }} }} }}"
"""A response of almost 10 MB, of which the buffers of the connection hold a part."""
MAX_ATTEMPTS = 100
READ = f"query ($first: Int!) {{ projects(first: $first) {{ nodes {{ {DESCRIPTIONS} }} }} }}"


async def test_responses_beyond_the_memory_are_refused(
    tmp_path: Path, app_fixture: AppFixture, database_url: str
) -> None:
    variables = {"MAX_REQUEST_MEMORY_BYTES": str(MEBIBYTE), **UNCOMPRESSED}
    async with run_server(tmp_path, app_fixture, database_url, None, **variables) as server:
        client = server.client
        for name in "AB":
            await client(CREATE % "project { id }", name=name, text="x" * 1900)
        performed = await client(CREATE % PAYLOAD, name="C", text="x" * 1900)
        refused = await client(READ, first=3)
        answered = [await client(READ, first=2) for _ in range(3)]
    assert (performed.status, performed.body["data"]) == (200, {"createProject": None})
    (error,) = performed.body["errors"]
    assert (error["path"], error["extensions"]) == (["createProject"], {"code": "COST_EXCEEDED"})
    assert error["message"].startswith("The mutation was performed. Its payload was omitted: The server is overloaded")
    assert {project["name"] for project in await fetch_table(app_fixture.tenant, Project)} == {"A", "B", "C"}
    assert refused.status == 503
    assert refused.body.keys() == {"errors"}
    (error,) = refused.body["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 1}
    assert "262144 bytes, a quarter of MAX_REQUEST_MEMORY_BYTES" in error["message"]
    assert [len(response.data["projects"]["nodes"]) for response in answered] == [2, 2, 2]


def open_unread(server: LargeServer) -> socket.socket:
    """Send a request for a large response, and read no more than its status."""
    url = urlsplit(server.process.url)
    connection = socket.socket()
    connection.settimeout(TIMEOUT_SECONDS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((url.hostname, url.port))
    body = orjson.dumps({"query": READ_TASKS})
    headers = {**server.http.headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"POST /graphql HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode() + body)
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


async def wait_for_status(server: LargeServer, status: int) -> None:
    """Request a large response until it gets this status: the server notices other clients later."""
    for _ in range(MAX_ATTEMPTS):
        if server.post(READ_TASKS).status_code == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"No response has the status {status}.")


@pytest.mark.only("sqlite")
async def test_unread_responses_occupy_the_memory_until_the_client_disconnects(
    database_url: str, tmp_path: Path
) -> None:
    await insert_large_dataset(database_url, SMALL_SIZE)
    variables = {"MAX_REQUEST_MEMORY_BYTES": str(48 * MEBIBYTE), **UNCOMPRESSED}
    with run_large_server(tmp_path, database_url, **variables) as server:
        with open_unread(server):
            await wait_for_status(server, 503)
        await wait_for_status(server, 200)
