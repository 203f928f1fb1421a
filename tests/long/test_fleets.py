"""Many clients at once: slow bodies, a long pipeline, and logins from everywhere."""

import asyncio
import json
import time
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest

from server.seed.demo_users import PASSWORD
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.long

TYPENAME = json.dumps({"query": "{ __typename }"}).encode()
ANSWER = b'{"data":{"__typename":"Query"}}'
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }"
SLOW_CLIENTS, SLOW_STEPS = 500, 20
PIPELINED = 20_000
LOGIN_ADDRESSES = 200
TIMEOUT_SECONDS = 300
"""A bound that only catches a hang."""


async def connect(server: ServerProcess) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = urlsplit(server.url)
    return await asyncio.open_connection(url.hostname, url.port, limit=2**22)


def head(*headers: str, length: int) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: allotment.test", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


async def read_response(reader: asyncio.StreamReader) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return the status, headers and body of the next response."""
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
    return int(status_line.split()[1]), headers, await reader.readexactly(int(headers[b"content-length"]))


async def send_slowly(server: ServerProcess) -> bytes:
    """Send a body in many small parts; return the response's body."""
    reader, writer = await connect(server)
    body = TYPENAME + b" " * (SLOW_STEPS - 1)
    writer.write(head(length=len(body)) + TYPENAME)
    for _ in range(SLOW_STEPS - 1):
        await asyncio.sleep(0.25)
        writer.write(b" ")
        await writer.drain()
    _, _, answer = await read_response(reader)
    writer.close()
    return answer


async def measure_median(server: ServerProcess, until: "asyncio.Task[object]") -> float:
    """Return the median time in seconds of another client's requests while the task runs."""
    times = []
    async with httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS) as client:
        while not until.done():
            started = time.perf_counter()
            response = await client.post("/graphql", content=TYPENAME, headers={"Content-Type": "application/json"})
            times.append(time.perf_counter() - started)
            assert response.content == ANSWER
            await asyncio.sleep(0.01)
    return sorted(times)[len(times) // 2]


async def test_slow_bodies_are_answered_and_delay_no_other_client(server: ServerProcess) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        fleet: asyncio.Future[list[bytes]] = asyncio.gather(*(send_slowly(server) for _ in range(SLOW_CLIENTS)))
        task = asyncio.ensure_future(_wait(fleet))
        median = await measure_median(server, task)
        assert Counter(await fleet) == {ANSWER: SLOW_CLIENTS}
    print(f"{SLOW_CLIENTS} slow bodies: median of another client {median * 1000:.1f} ms")


async def _wait(future: "asyncio.Future[list[bytes]]") -> None:
    await future


async def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    reader, writer = await connect(server)
    requests = [head(f"X-Request-ID: r{number}", length=len(TYPENAME)) + TYPENAME for number in range(PIPELINED)]
    started = time.perf_counter()

    async def send() -> None:
        for start in range(0, PIPELINED, 100):
            writer.write(b"".join(requests[start : start + 100]))
            await writer.drain()

    async with asyncio.timeout(TIMEOUT_SECONDS):
        sending = asyncio.create_task(send())
        for number in range(PIPELINED):
            status, headers, body = await read_response(reader)
            assert (status, headers[b"x-request-id"], body) == (200, f"r{number}".encode(), ANSWER)
        await sending
    writer.close()
    print(f"{PIPELINED} pipelined requests: {PIPELINED / (time.perf_counter() - started):.0f} per second")


async def test_logins_from_many_addresses_are_all_answered(server: ServerProcess) -> None:
    variables = {"input": {"email": "member@demo.test", "password": "wrong"}}
    limits = httpx.Limits(max_connections=LOGIN_ADDRESSES + 1)
    async with httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS, limits=limits) as client:

        async def log_in(address: str, email: str, password: str) -> str:
            body = {"query": LOGIN, "variables": {"input": {"email": email, "password": password}}}
            response = await client.post("/graphql", json=body, headers={"X-Forwarded-For": address})
            result = response.json()
            if "errors" in result:
                return str(result["errors"][0]["extensions"]["code"])
            payload = result["data"]["login"]
            return "OK" if payload["accessToken"] else str(payload["userErrors"][0]["code"])

        guesses = [
            log_in(f"203.0.113.{number % 200 + 1}", f"user{number}@example.test", "wrong password")
            for number in range(LOGIN_ADDRESSES)
        ]
        started = time.perf_counter()
        guessing = asyncio.gather(*guesses)
        await asyncio.sleep(0.5)
        assert await log_in("198.51.100.7", variables["input"]["email"], PASSWORD) == "OK"
        own_seconds = time.perf_counter() - started
        assert Counter(await guessing) == {"BAD_CREDENTIALS": LOGIN_ADDRESSES}
    print(f"{LOGIN_ADDRESSES} logins: a login from elsewhere took {own_seconds:.1f} s, all took "
          f"{time.perf_counter() - started:.1f} s")  # fmt: skip
