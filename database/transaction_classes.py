"""The classes of a database's transactions, which depend on the server and on the order of the logs."""

from dataclasses import dataclass
from typing import Any

from database.asyncpg_transaction import AsyncpgReadTransaction
from database.asyncpg_write_transaction import AsyncpgWriteTransaction, OptimisticWriteTransaction
from database.citus import detect_distribution
from database.citus_transaction import CitusReadTransaction, CitusWriteTransaction
from database.counter_order import COUNTER_ORDER, CounterWriteTransaction
from database.log_order import TRANSACTION_ORDER, LogOrder


@dataclass
class TransactionClasses:
    """The classes of transactions. The first connection chooses them, as the server is PostgreSQL or Citus."""

    read: type[AsyncpgReadTransaction] = AsyncpgReadTransaction
    write: type[AsyncpgWriteTransaction] = AsyncpgWriteTransaction
    optimistic_write: type[AsyncpgWriteTransaction] = OptimisticWriteTransaction
    log_order: LogOrder = TRANSACTION_ORDER
    is_distributed: bool | None = None
    """Whether Citus distributes the database; None before the first connection."""

    async def choose(self, driver: Any) -> None:
        """Ask the server whether Citus distributes the database."""
        self.is_distributed = await detect_distribution(driver)
        if self.is_distributed:
            self.read, self.log_order = CitusReadTransaction, COUNTER_ORDER
            self.write = self.optimistic_write = CitusWriteTransaction

    def order_logs(self, log_order: LogOrder) -> None:
        """Set the order of the logs on one server."""
        self.log_order = log_order
        if log_order is COUNTER_ORDER:
            self.write = self.optimistic_write = CounterWriteTransaction
