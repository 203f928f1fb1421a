"""A synchronous connection to PostgreSQL for the harness itself."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import asyncpg


class SyncConnection:
    """An autocommit connection on its own thread, usable with and without a running event loop.

    Statements run one at a time in order of submission. A lost connection is reopened.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._ssl = None if "sslmode=" in dsn else False
        self._loop = asyncio.new_event_loop()
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="harness-sync-connection", daemon=True)
        self._thread.start()

    def execute(self, sql: str) -> None:
        """Run one statement."""
        self.submit(sql).result()

    def submit(self, sql: str) -> Future[None]:
        """Run one statement in the background."""
        return asyncio.run_coroutine_threadsafe(self._execute(sql), self._loop)

    def fetch_value(self, sql: str, *arguments: object) -> Any:
        """Return the first column of the first row."""
        return asyncio.run_coroutine_threadsafe(self._fetch_value(sql, *arguments), self._loop).result()

    def close(self) -> None:
        """Wait for submitted statements and close the connection. May be called again."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _execute(self, sql: str) -> None:
        async with self._lock:
            await (await self._get_connection()).execute(sql)

    async def _fetch_value(self, sql: str, *arguments: object) -> Any:
        async with self._lock:
            return await (await self._get_connection()).fetchval(sql, *arguments)

    async def _get_connection(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._dsn, ssl=self._ssl, timeout=10)
        return self._connection

    async def _disconnect(self) -> None:
        async with self._lock:
            if self._connection is not None:
                self._connection.terminate()
                await asyncio.sleep(0)  # the transport closes its socket in the next iteration of the loop
