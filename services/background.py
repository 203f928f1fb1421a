"""What is done after the answer: nobody waits for it, and what fails is logged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger("allotment.background")

MOST_PENDING = 10_000
PATIENCE = 10.0
"""Seconds that a server which is to stop waits for what is pending."""


class Background:
    """Runs jobs of one process. They are short; where too many are pending, more are dropped, and said to be."""

    def __init__(self) -> None:
        self._pending: set[asyncio.Task[None]] = set()

    def start(self, job: Coroutine[Any, Any, Any], what: str) -> None:
        """Begin a job, and return at once."""
        if len(self._pending) >= MOST_PENDING:
            job.close()
            logger.error("Too much is pending: %s was dropped", what)
            return
        task = asyncio.get_running_loop().create_task(_logged(job, what))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def drain(self, patience: float = PATIENCE) -> None:
        """Wait until nothing is pending, and drop what takes longer than this."""
        while self._pending:
            _, late = await asyncio.wait(tuple(self._pending), timeout=patience)
            for task in late:
                task.cancel()
            if late:
                logger.error("%d jobs were dropped when the server stopped", len(late))
                await asyncio.wait(late)


async def _logged(job: Coroutine[Any, Any, Any], what: str) -> None:
    try:
        await job
    except Exception:
        logger.exception("%s failed", what)
