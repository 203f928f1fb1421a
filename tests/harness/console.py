"""SQL for the harness itself, from synchronous code."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import asyncpg


class Console:
    """One autocommit connection on a thread of its own, so that it works with and without an event loop around.

    Statements run one at a time, in the order they came. A connection lost in between is opened anew.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._loop = asyncio.new_event_loop()
        self._turn = asyncio.Lock()
        self._connection: Any = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="harness-console", daemon=True)
        self._thread.start()

    def execute(self, sql: str) -> None:
        """Runs one statement, of any kind."""
        self.submit(sql).result()

    def submit(self, sql: str) -> Future[None]:
        """Runs one statement in the background."""
        return asyncio.run_coroutine_threadsafe(self._execute(sql), self._loop)

    def value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row."""
        return asyncio.run_coroutine_threadsafe(self._value(sql, *arguments), self._loop).result()

    def close(self) -> None:
        """Finishes what was submitted and hangs up. May be called again."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _execute(self, sql: str) -> None:
        async with self._turn:
            await (await self._connected()).execute(sql)

    async def _value(self, sql: str, *arguments: object) -> Any:
        async with self._turn:
            return await (await self._connected()).fetchval(sql, *arguments)

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._dsn, ssl=False, timeout=10)
        return self._connection

    async def _hang_up(self) -> None:
        async with self._turn:
            if self._connection is not None:
                self._connection.terminate()
                await asyncio.sleep(0)  # the transport closes its socket on the next turn
