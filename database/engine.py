"""The base class of the databases, and the options to connect to one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from database.answer_deadline import ObserveSeconds
from database.authentication import Credentials, Principal
from database.callers import Callers
from database.change_signal import ChangeSignal
from database.log_order import TRANSACTION_ORDER, LogOrder
from database.pool_usage import PoolUsage
from database.statement_cache import STATEMENT_CACHE
from database.transaction import Transaction, WriteTransaction


@dataclass(frozen=True)
class EngineOptions:
    """The URL of the database and the options of its connections."""

    url: URL
    connect_args: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    """Arguments of the driver's `connect`."""
    pool_size: int = 10
    max_overflow: int = 10
    pool_timeout: float = 10.0
    """Seconds to wait for a connection that is in use."""
    pool_recycle: int = 3600
    """Seconds after which a connection is replaced before its next use."""
    statement_timeout: float = 30.0
    """Seconds that a statement may take. PostgreSQL's limit is in `connect_args`, where a URL may override it."""
    tenant_share: float = 1.0
    """The largest part of the connections that one tenant may use."""
    echo_sql: bool = False
    """Log every statement with its values."""

    @property
    def engine_arguments(self) -> dict[str, Any]:
        """The arguments of `create_async_engine` that do not depend on the pool."""
        return {
            "url": self.url,
            "connect_args": dict(self.connect_args),
            "echo": self.echo_sql,
            "hide_parameters": not self.echo_sql,
            "execution_options": {"compiled_cache": STATEMENT_CACHE},
        }


class Database(ABC):
    """A database, with SQLAlchemy engines for code that needs neither a principal nor speed.

    Commands, health checks and tests use the engines. Requests use `begin_read` and `begin_write`.
    """

    dialect: ClassVar[str]

    log_order: LogOrder = TRANSACTION_ORDER
    """How the rows of logs are ordered."""

    inserts_lists = False
    """Whether a list of rows is inserted by one statement. SQLite could not assign a position to each row."""

    has_lookups = False
    """Whether `begin_lookup` is available."""

    def __init__(self, read_engine: AsyncEngine, write_engine: AsyncEngine, *, caches_identities: bool = False) -> None:
        self.read_engine = read_engine
        self.write_engine = write_engine
        self.callers = Callers(caches_identities=caches_identities)
        self.change_signal = ChangeSignal()

    def with_listeners(self, listen: Callable[[Engine], None]) -> Self:
        """Return the same database, with the same connections, for requests whose statements are observed. `listen`
        adds listeners to an engine; they receive the statements of these requests only."""
        observed = copy(self)
        observed.read_engine = self.read_engine.execution_options()
        observed.write_engine = self.write_engine.execution_options()
        for engine in {observed.read_engine.sync_engine, observed.write_engine.sync_engine}:
            listen(engine)
        return observed

    async def discover_server(self) -> None:  # noqa: B027 -- most databases need nothing
        """Find out what the server is, if `log_order` or another property depends on it. Called before first use."""

    @abstractmethod
    def pool_usage(self) -> PoolUsage:
        """Count the connections of the pool, and the requests that wait for one. Sends nothing."""

    @property
    def connections_in_use(self) -> int:
        """The number of pooled connections that are acquired."""
        return self.pool_usage().in_use

    @abstractmethod
    def measure_statements(self, observe: ObserveSeconds) -> None:
        """Call `observe` with the time of each statement, on connections that are opened from now on."""

    @abstractmethod
    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:
        """Begin a read-only transaction and authenticate."""

    async def begin_lookup(self, credentials: Credentials, lookup: Any) -> Transaction:
        """Return what executes the only statement of a request, a Lookup (database/lookup.py)."""
        raise NotImplementedError

    @abstractmethod
    async def begin_write(
        self, credentials: Credentials, *, is_optimistic: bool = False
    ) -> tuple[WriteTransaction, Principal]:
        """Begin a transaction that writes and authenticate. An optimistic one may return the principal that the
        credentials had the last time; it is confirmed with the first message, or OptimisticWriteFailed is raised."""

    async def close(self) -> None:
        """Close all connections that are not in use."""
        await self.read_engine.dispose()
        await self.write_engine.dispose()
