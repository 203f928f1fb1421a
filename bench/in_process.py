"""Calls the application as a server would, within this process, and says what a call took.

A program of its own, in JSON from what it is given to what it prints: bench/inside.py runs it in the folder of the
checkout that is looked at, which may be an older one. So it knows nothing of the others here.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

import uvloop

from server.app import create_app

HOST = ("127.0.0.1", 80)
WARM = 30
JSON = {"content-type": "application/json", "accept": "application/json"}


class Visitor:
    """Sends one application requests."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def post(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body of what is answered to a POST."""
        answered: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answered.append(message.get("body", b""))

        await self._app(_scope(body, headers), receive, send)
        return b"".join(answered)


def _scope(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    sent = {"host": HOST[0], "content-length": str(len(body)), **JSON, **headers}
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
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": HOST,
        "server": HOST,
        "state": {},
    }


async def _measured(asked: Any) -> list[dict[str, float]]:
    """What a call took, in each of so many parts."""
    app = create_app()
    async with app.router.lifespan_context(app):
        visitor = Visitor(app)
        signed_in = json.loads(await visitor.post(asked["login"].encode(), {}))
        token = signed_in["data"]["login"]["accessToken"]
        headers, body = {**asked["headers"], "authorization": f"Bearer {token}"}, asked["body"].encode()
        for _ in range(WARM):
            answer = await visitor.post(body, headers)
            if "errors" in json.loads(answer) or b'"userErrors":[{' in answer:
                raise SystemExit(f"The application refuses {asked['body']}")
        return [await _part(visitor, body, headers, asked["requests"]) for _ in range(asked["parts"])]


async def _part(visitor: Visitor, body: bytes, headers: Mapping[str, str], requests: int) -> dict[str, float]:
    began, used = time.perf_counter(), time.process_time()
    for _ in range(requests):
        await visitor.post(body, headers)
    took, used = time.perf_counter() - began, time.process_time() - used
    return {"processor": used / requests * 1000, "time": took / requests * 1000}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_measured(json.load(sys.stdin)))))
