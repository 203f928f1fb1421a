"""Sends signals of changes to the other processes of a PostgreSQL database, and receives theirs: NOTIFY and LISTEN on a
connection of its own. Behind a transaction pooler, that needs a URL without the pooler (DATABASE_DIRECT_URL).
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from database.change_signal import ChangeSignal
from database.connection import DRIVER_ERRORS, PooledConnection, open_driver_connection
from database.outage import DatabaseUnavailable, describe_outage, is_connect_outage
from database.postgresql import PostgresDatabase

CHANNEL = "allotment_changes"
NOTIFY_SQL = f"SELECT pg_notify('{CHANNEL}', $1)"
MAX_IDS = 200
"""A payload of NOTIFY has at most 8,000 bytes."""
ANSWER_TIMEOUT = 5.0
CONNECT_TIMEOUT = 5.0
CHECK_SECONDS = 10.0
"""How long the connection may be idle before it is checked."""
RECONNECT_SECONDS = 0.5
SEND_INTERVAL = 0.02
"""Seconds between two signals: each contains the tenants of all commits in between. The first after a pause is sent at
once."""

logger = logging.getLogger("allotment.changes")


class ChangeRelay:
    """The connection that sends and receives signals. While there is none, followers poll."""

    def __init__(self, database: PostgresDatabase, signal: ChangeSignal) -> None:
        self._database = database
        self._signal = signal
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._has_warned = False
        signal.on_unsent = self._wake.set

    def start(self) -> None:
        """Connect, and relay signals until `close`."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop. What is not sent yet is sent first, if that is possible."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await send_unsent(self._database, self._signal)

    async def _run(self) -> None:
        while True:
            connection: PooledConnection | None = None
            try:
                connection = await _connect(self._database)
                await self._relay(connection)
            except Exception as error:  # noqa: BLE001 -- of any kind: it connects again
                self._warn(error)
            finally:
                self._signal.receives_others = False
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _relay(self, connection: PooledConnection) -> None:
        driver = connection.driver
        driver.add_termination_listener(lambda _driver: self._wake.set())
        connection.deadline.start()
        await driver.add_listener(CHANNEL, self._receive)
        connection.deadline.stop()
        self._note_connected()
        while True:
            self._wake.clear()
            connection.deadline.start()
            await _send(driver, self._signal.take_unsent())
            connection.deadline.stop()
            await asyncio.sleep(SEND_INTERVAL)
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._wake.wait()

    def _note_connected(self) -> None:
        if self._has_warned:
            self._has_warned = False
            logger.info("Signals of changes are received from other processes again")
        self._signal.receives_others = True
        self._signal.notify_all()

    def _receive(self, driver: Any, process_id: int, _channel: str, payload: str) -> None:
        if process_id == driver.get_server_pid():
            return
        for text in payload.split(","):
            with suppress(ValueError):  # other users of the database may use the channel
                self._signal.notify(UUID(text))

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "No signals of changes are received from other processes, so they are polled: %s",
                describe_outage(error),
                exc_info=None if is_connect_outage(error) or isinstance(error, DatabaseUnavailable) else error,
            )


async def send_unsent(database: PostgresDatabase, signal: ChangeSignal) -> None:
    """Send what a process has to tell the others, over a new connection. Without one, they notice by themselves."""
    tenants = signal.take_unsent()
    if not tenants:
        return
    with suppress(*DRIVER_ERRORS, DatabaseUnavailable):
        connection = await _connect(database)
        try:
            await _send(connection.driver, tenants)
        finally:
            await connection.close(ANSWER_TIMEOUT)


async def _connect(database: PostgresDatabase) -> PooledConnection:
    return PooledConnection(await open_driver_connection(database.read_engine, CONNECT_TIMEOUT), ANSWER_TIMEOUT)


async def _send(driver: Any, tenants: Sequence[UUID]) -> None:
    """Send a signal, or a statement that checks the connection."""
    if driver.is_closed():
        raise DatabaseUnavailable("The connection was closed.")
    try:
        if not tenants:
            await driver.execute("SELECT 1")
        for payload in _payloads(tenants):
            await driver.execute(NOTIFY_SQL, payload)
    except (
        asyncpg.InternalClientError
    ) as error:  # the server has ended the session, but the connection is not closed yet
        raise DatabaseUnavailable("The session was ended.") from error


def _payloads(tenants: Sequence[UUID]) -> Iterator[str]:
    for start in range(0, len(tenants), MAX_IDS):
        yield ",".join(tenant.hex for tenant in tenants[start : start + MAX_IDS])
