"""A server process without traffic: it delivers webhooks until it is killed. Settings are read from the environment."""

import asyncio

from server.app import create_app
from server.config.settings import load_settings


async def work() -> None:
    """Work in the background."""
    app = create_app(load_settings(None))
    async with app.router.lifespan_context(app):
        print("ready", flush=True)  # noqa: T201 -- the test waits for it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work())
