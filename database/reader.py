"""Reads of one request: one connection, one transaction, one statement at a time.

The connection is acquired at the first read and can be released early; the next read then begins a new transaction
and authenticates again. Sibling fields run concurrently, so a lock serializes their statements. A task
holds the lock during one statement only. A statement that has begun is cancelled only with the whole request: asyncpg
has to send a cancel request on a second connection. So the tasks of sibling fields, which are cancelled if one of them
fails, wait for a task of the statement's own. The task that has created the reader needs none: it is the request's.
"""

import asyncio
from asyncio import CancelledError
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.abort import AbortSignal, RequestAborted
from database.authentication import ANONYMOUS, Credentials, Principal
from database.cached_identity import CachedIdentity
from database.engine import Database
from database.log_order import LogOrder
from database.lookup import Lookup, is_lookup
from database.outage import DatabaseUnavailable
from database.shielded_task import ShieldedTask
from database.transaction import Transaction


class ReaderClosed(Exception):
    """The request has ended, so no connection may be acquired for it."""


class ReadSource(Protocol):
    """What begins the transactions of a reader: a database, or an operation whose reads see its own writes."""

    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:
        """Begin a transaction and authenticate."""


class Reader:
    """Reads rows that the principal of a request may see."""

    def __init__(self, database: Database, credentials: Credentials, signal: AbortSignal | None = None) -> None:
        self._database = database
        self._source: ReadSource = database
        self.credentials = credentials
        self._signal = signal or AbortSignal()
        self._lock = asyncio.Lock()
        self._request_task = asyncio.current_task() if database.dialect == "postgresql" else None
        """The task that may read itself. On SQLite, a cancelled task does not end its statement, so none may."""
        self._runner: asyncio.Task[Any] | None = None
        """The task that acquires a connection or executes a statement."""
        self._has_cancelled = False
        """Whether `stop` has cancelled it."""
        self._transaction: Transaction | None = None
        self._is_closed = False
        self._outage: Exception | None = None
        """The error of the last attempt to begin, if no connection was available. Other fields fail with it at once,
        instead of waiting for the same timeout one after the other."""
        self._principal = ANONYMOUS
        self._lookup: Lookup | None = None
        self._statement_count = 0
        self._last_statement: Executable | None = None

    @property
    def dialect(self) -> str:
        """The SQL dialect: `postgresql` or `sqlite`."""
        return self._database.dialect

    @property
    def log_order(self) -> LogOrder:
        """The order of the logs."""
        return self._database.log_order

    @property
    def known_principal(self) -> Principal:
        """The principal of the last transaction; anonymous before the first one."""
        return self._principal

    @property
    def has_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._transaction is not None

    def count_statements(self) -> None:
        """Begin to count statements, for `has_looked_up`."""
        self._statement_count, self._last_statement = 0, None

    @property
    def has_looked_up(self) -> bool | None:
        """Whether the only statement that was counted is a lookup; None if there was no statement."""
        if self._last_statement is None:
            return None
        return self._statement_count == 1 and is_lookup(self._last_statement)

    def expect_lookup(self, identity: CachedIdentity) -> Lookup:
        """Act as the cached principal, which is to be confirmed by the only statement of the request: a lookup."""
        self.count_statements()
        self._lookup, self._principal = Lookup(identity), identity.principal
        return self._lookup

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the principal is a cached one that is not confirmed."""
        return self._lookup is not None and not self._lookup.is_confirmed

    @property
    def must_repeat(self) -> bool:
        """Whether the request has to be executed again, after `expect_statements`."""
        return self._lookup is not None and not self._lookup.is_done

    async def expect_statements(self) -> None:
        """Release the connection. Later reads begin a new transaction, also if a lookup was expected; after an outage,
        they fail at once."""
        self._lookup = None
        self.count_statements()
        outage = self._outage
        await self.release()
        self._outage = outage

    async def principal(self) -> Principal:
        """Return the principal; begin a transaction unless one is open or the credentials are anonymous."""
        if self._transaction is not None or self._lookup is not None or self.credentials.is_anonymous:
            return self._principal
        authenticating = self._authenticate()
        return await (authenticating if self.needs_no_shield else ShieldedTask(authenticating).result())

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """Return the rows of a scoped statement (queries/scope.py)."""
        reading = self.rows_unshielded(statement, **parameters)
        return await (reading if self.needs_no_shield else ShieldedTask(reading).result())

    @property
    def needs_no_shield(self) -> bool:
        """Whether the current task may call `rows_unshielded` itself."""
        return self._request_task is not None and asyncio.current_task() is self._request_task

    def rows_unshielded(self, statement: Executable, **parameters: Any) -> Coroutine[Any, Any, Sequence[Any]]:
        """Return the rows of a scoped statement. For tasks that are only cancelled with the whole request."""
        return self._read(statement, parameters)

    async def row(self, statement: Executable, **parameters: Any) -> Any:
        """Return the first row, or None."""
        rows = await self.rows(statement, **parameters)
        return rows[0] if rows else None

    async def read_from(self, source: ReadSource | None) -> None:
        """Read in the transactions of this source from now on; None for those of the database."""
        self._source = source or self._database
        await self.release()

    async def release(self) -> None:
        """Release the connection. Later reads begin a new transaction."""
        self._outage = None
        if not self._lock.locked() and (self._transaction is None or self._transaction.park()):
            self._transaction = None
        else:
            await ShieldedTask(self._release()).result()

    async def close(self) -> None:
        """Release the connection for good.

        Tasks of this request may still run: siblings of a field that failed, loaders of a client that disconnected. If
        they acquired a connection now, it would never be released.
        """
        self._is_closed = True
        await self.release()

    def stop(self) -> None:
        """Stop the running statement after the signal has been set: the reader's tasks get RequestAborted."""
        if self._runner is not None and not (self._transaction is not None and self._transaction.interrupt()):
            self._has_cancelled = True
            self._runner.cancel()

    async def _authenticate(self) -> Principal:
        await self._read(None, {})
        return self._principal

    async def _read(self, statement: Executable | None, parameters: dict[str, Any]) -> Sequence[Any]:
        """Begin a transaction unless one is open, and execute the statement if there is one."""
        await self._lock.acquire()  # `async with` would call twice as many functions
        runner = self._runner = asyncio.current_task()
        try:
            transaction = await self._begin()
            if statement is None:
                return ()
            self._last_statement = statement
            self._statement_count += 1
            return await transaction.rows(statement, self._principal.scope_parameters | parameters)
        except BaseException as error:
            self._runner = None
            # PostgreSQL executes nothing else in a transaction that has failed.
            await self._close_transaction()
            if self._signal.reason is not None and not self._is_cancelled(runner, error):
                raise RequestAborted(self._signal.reason) from error
            raise
        finally:
            self._runner = None
            self._lock.release()

    def _is_cancelled(self, runner: asyncio.Task[Any] | None, error: BaseException) -> bool:
        """Take back the cancellation of the request's task by `stop`. Return whether another one ends what it does."""
        if runner is None or runner is not self._request_task:
            return False
        remaining = runner.uncancel() if self._has_cancelled else runner.cancelling()
        self._has_cancelled = False
        return remaining > 0 and isinstance(error, CancelledError)

    async def _begin(self) -> Transaction:
        self._signal.check()
        if self._is_closed:
            raise ReaderClosed
        if self._outage is not None:
            raise DatabaseUnavailable("An earlier read of this request has failed.") from self._outage
        if self._transaction is None:
            try:
                if self._lookup is None:
                    self._transaction, self._principal = await self._source.begin_read(self.credentials)
                else:
                    self._transaction = await self._database.begin_lookup(self.credentials, self._lookup)
            except (DatabaseUnavailable, PoolTimeout) as error:
                self._outage = error
                raise
        return self._transaction

    async def _release(self) -> None:
        async with self._lock:
            await self._close_transaction()

    async def _close_transaction(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await transaction.close()
