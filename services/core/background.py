"""Background tasks: short jobs that run after the response. Failures are logged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger("allotment.background")

MAX_PENDING = 10_000
DRAIN_TIMEOUT = 10.0
"""Seconds that a stopping server waits for pending tasks."""


class BackgroundTasks:
    """Runs the background tasks of one process. When too many are pending, new ones are dropped, and that is logged."""

    def __init__(self) -> None:
        self._pending: set[asyncio.Task[None]] = set()

    @property
    def number_pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._pending)

    def start(self, job: Coroutine[Any, Any, Any], description: str) -> None:
        """Start a job without waiting for it."""
        if len(self._pending) >= MAX_PENDING:
            job.close()
            logger.error("Too many background tasks are pending: %s was dropped", description)
            return
        task = asyncio.get_running_loop().create_task(_run_and_log(job, description))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def drain(self, timeout: float = DRAIN_TIMEOUT) -> None:  # noqa: ASYNC109
        """Wait until nothing is pending; cancel the tasks that take longer than the timeout."""
        while self._pending:
            _, late = await asyncio.wait(tuple(self._pending), timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                logger.error("%d background tasks were dropped when the server stopped", len(late))
                await asyncio.wait(late)


async def _run_and_log(job: Coroutine[Any, Any, Any], description: str) -> None:
    try:
        await job
    except Exception:
        logger.exception("%s failed", description)
