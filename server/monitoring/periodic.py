"""A function that is called again and again while the application runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

logger = logging.getLogger("allotment.monitoring")


class Periodic:
    """Calls a function after every interval. A call that has begun is never cancelled."""

    def __init__(self, seconds: float, function: Callable[[], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._function = function
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Wait for a call that has begun, and call no more."""
        self._stopped.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                await self._function()
            except Exception:
                logger.exception("Monitoring failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._stopped.wait()
