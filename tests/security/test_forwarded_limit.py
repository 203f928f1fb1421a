"""An address has the same limit through a trusted proxy as without one: at most half of the connections."""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from server.http.asgi import Application
from tests.server.asgi_client import create_client
from tests.support.settings import build_settings


async def test_address_gets_at_most_half_of_the_connections() -> None:
    release = asyncio.Event()
    started = asyncio.Semaphore(0)

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        started.release()
        await release.wait()
        await PlainTextResponse("done")(scope, receive, send)

    settings = build_settings("sqlite:///unused.db", max_connections=8, trusted_proxies="127.0.0.1")
    async with create_client(Application(wait, wait, settings)) as client:
        running = [asyncio.create_task(client.post("/graphql")) for _ in range(4)]
        for _ in running:
            await started.acquire()
        refused = asyncio.create_task(client.post("/graphql"))
        await asyncio.sleep(0.1)
        release.set()
        assert (await refused).status_code == 503
        assert (await refused).json()["errors"][0]["message"].startswith("4 requests of this address are running")
        assert [(await each).status_code for each in running] == [200] * 4
