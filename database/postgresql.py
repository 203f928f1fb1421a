"""PostgreSQL: a pool of asyncpg connections for requests, and an engine without a pool for everything else."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from database.answer_deadline import MARGIN_SECONDS, MeasuredDeadline, ObserveSeconds
from database.asyncpg_transaction import AsyncpgReadTransaction
from database.asyncpg_write_transaction import AsyncpgWriteTransaction
from database.authentication import Credentials, Principal
from database.connection import DRIVER_ERRORS, open_driver_connection
from database.engine import Database, EngineOptions
from database.hosts import HostConnector
from database.log_order import TRANSACTION_ORDER, LogOrder
from database.lookup import Lookup, LookupTransaction
from database.outage import DatabaseUnavailable, is_connect_outage
from database.pool import ConnectionPool
from database.pool_usage import PoolUsage
from database.transaction_classes import TransactionClasses

PRIMARY = ("primary", "read-write")
"""The session attributes that only one of several hosts has."""
AsyncpgTransaction = TypeVar("AsyncpgTransaction", bound=AsyncpgReadTransaction)


class PostgresDatabase(Database):
    """A PostgreSQL database. The engine opens the pool's connections; its event listeners get their statements."""

    dialect = "postgresql"

    def __init__(self, options: EngineOptions, log_order: LogOrder = TRANSACTION_ORDER) -> None:
        engine = create_async_engine(**options.engine_arguments, poolclass=NullPool)
        # Behind a pooler that shares server sessions, a prepared statement exists in one session only. It is used
        # without a statement cache.
        self._shares_sessions = options.connect_args.get("statement_cache_size") == 0
        super().__init__(engine, engine, caches_identities=not self._shares_sessions)
        self.sync_engine = engine.sync_engine
        """The engine whose listeners are notified of statements."""
        self._classes = TransactionClasses()
        self.order_logs(log_order)
        self._connect_timeout = _connect_timeout(options.connect_args)
        self.pool = ConnectionPool(
            self._open_connection,
            size=options.pool_size,
            max_overflow=options.max_overflow,
            timeout=options.pool_timeout,
            recycle=options.pool_recycle,
            tenant_share=options.tenant_share,
            answer_timeout=_answer_timeout(options.connect_args),
            parks_transactions=not self._shares_sessions,
        )

        connector = options.connect_args.get("async_creator_fn")
        if isinstance(connector, HostConnector) and options.connect_args["target_session_attrs"] in PRIMARY:
            connector.on_change = self.pool.discard_all

    def order_logs(self, log_order: LogOrder) -> None:
        """Set the order of the logs, before anything is read or written."""
        self._classes.order_logs(log_order)

    @property
    def log_order(self) -> LogOrder:  # type: ignore[override]
        """The order of the logs. Known from the first connection on."""
        return self._classes.log_order

    def with_listeners(self, listen: Callable[[Engine], None]) -> Self:
        observed = super().with_listeners(listen)
        observed.sync_engine = observed.read_engine.sync_engine
        return observed

    def measure_statements(self, observe: ObserveSeconds) -> None:
        self.pool.build_deadline = partial(MeasuredDeadline, observe)

    def pool_usage(self) -> PoolUsage:
        return self.pool.usage()

    async def discover_server(self) -> None:
        if self._classes.is_distributed is None:
            await self.pool.release(await self.pool.acquire(), rollback=False)

    @property
    def is_distributed(self) -> bool:
        """Whether Citus distributes the database. Known from the first connection on."""
        return bool(self._classes.is_distributed)

    @property
    def has_lookups(self) -> bool:  # type: ignore[override]  # an attribute elsewhere
        """The tenant is passed to Citus in a message of its own."""
        return not self._classes.is_distributed

    @property
    def inserts_lists(self) -> bool:  # type: ignore[override]  # an attribute elsewhere
        """Citus would copy the rows of a list to the shards, which row-level security refuses."""
        return not self._classes.is_distributed

    async def _open_connection(self) -> Any:
        """Open a connection of the pool."""
        driver = await open_driver_connection(self.read_engine, self._connect_timeout)
        await self._set_up_session(driver)
        return driver

    async def _set_up_session(self, driver: Any) -> None:
        """Choose the classes of transactions on the first connection, and prepare the session for their log order."""
        try:
            async with asyncio.timeout(self._connect_timeout):
                if self._classes.is_distributed is None:
                    await self._classes.choose(driver)
                if not self._shares_sessions:
                    await self.log_order.set_up_session(driver)
        except BaseException as error:
            driver.terminate()
            if isinstance(error, DRIVER_ERRORS) and is_connect_outage(error):
                raise DatabaseUnavailable("The connection to the database was lost while it was set up.") from error
            raise

    async def begin_read(self, credentials: Credentials) -> tuple[AsyncpgReadTransaction, Principal]:
        connection = await self.pool.acquire(credentials.group)
        return await self._begin(self._classes.read(self.sync_engine, self.pool, connection), credentials)

    async def begin_lookup(self, credentials: Credentials, lookup: Lookup) -> LookupTransaction:
        connection = await self.pool.acquire(credentials.group, prefers_idle=True)
        return LookupTransaction(lookup, self.sync_engine, self.pool, connection)

    async def begin_write(
        self, credentials: Credentials, *, is_optimistic: bool = False
    ) -> tuple[AsyncpgWriteTransaction, Principal]:
        connection = await self.pool.acquire(credentials.group)
        transaction_class = self._classes.optimistic_write if is_optimistic else self._classes.write
        return await self._begin(transaction_class(self.sync_engine, self.pool, connection), credentials)

    async def close(self) -> None:
        await self.pool.close()
        await super().close()

    async def _begin(
        self, transaction: AsyncpgTransaction, credentials: Credentials
    ) -> tuple[AsyncpgTransaction, Principal]:
        try:
            return transaction, await transaction.begin(credentials, self.callers)
        except BaseException:
            await transaction.close()
            raise


def _connect_timeout(connect_args: Mapping[str, Any]) -> float | None:
    """Return the seconds for opening and setting up a connection: twice those that the driver has for opening it."""
    timeout = connect_args.get("timeout")
    return 2 * float(timeout) if timeout else None


def _answer_timeout(connect_args: Mapping[str, Any]) -> float | None:
    """Return the seconds to wait for an answer; None if statements have no timeout that we know."""
    milliseconds = float(connect_args.get("server_settings", {}).get("statement_timeout", 0))
    seconds = milliseconds / 1000 or connect_args.get("command_timeout")
    return float(seconds) + MARGIN_SECONDS if seconds else None
