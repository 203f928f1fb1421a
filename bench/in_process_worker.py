"""Calls the application as an ASGI server would, in this process, and prints how long the calls took.

bench/in_process_profile.py runs this program as a subprocess in the checkout to be measured, with JSON on standard
input and output. The other checkout may have another version of this file, so the JSON keys must not change, and this
file imports no other module of the benchmark.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

import uvloop

from server.app import create_app
from services.core import use_case

HOST = ("127.0.0.1", 80)
WARM_UP_REQUESTS = 30
JSON_HEADERS = {"content-type": "application/json", "accept": "application/json"}


class AsgiClient:
    """Sends requests to an ASGI application."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def post(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a POST request, and return the response body."""
        chunks: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            chunks.append(message.get("body", b""))

        await self._app(_build_scope(body, headers), receive, send)
        return b"".join(chunks)


def _build_scope(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    all_headers = {"host": HOST[0], "content-length": str(len(body)), **JSON_HEADERS, **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
        "client": HOST,
        "server": HOST,
        "state": {},
    }


async def _measure(job: Any) -> list[dict[str, float]]:
    """Return the milliseconds per request in each part of the measurement."""
    app = create_app()
    if job.get("without_audit"):
        vars(use_case)["write_entries"] = _write_nothing
    async with app.router.lifespan_context(app):
        client = AsgiClient(app)
        login = json.loads(await client.post(job["login"].encode(), {}))
        token = login["data"]["login"]["accessToken"]
        headers, body = {**job["headers"], "authorization": f"Bearer {token}"}, job["body"].encode()
        for _ in range(WARM_UP_REQUESTS):
            response = await client.post(body, headers)
            if "errors" in json.loads(response) or b'"userErrors":[{' in response:
                raise SystemExit(f"The application returns errors for {job['body']}")
        return [await _measure_part(client, body, headers, job["requests"]) for _ in range(job["parts"])]


async def _write_nothing(*_arguments: Any) -> None:
    """Write no audit entries."""


async def _measure_part(client: AsgiClient, body: bytes, headers: Mapping[str, str], requests: int) -> dict[str, float]:
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in range(requests):
        await client.post(body, headers)
    elapsed, cpu_elapsed = time.perf_counter() - start, time.process_time() - cpu_start
    return {"processor": cpu_elapsed / requests * 1000, "time": elapsed / requests * 1000}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_measure(json.load(sys.stdin)))))
