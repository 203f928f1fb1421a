"""How far the change feed is behind: in the order of transaction ids, an open transaction delays later changes."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.log_order import LogOrder

_POSTGRESQL = text("""
    SELECT pg_snapshot_xmax(current)::text::bigint - pg_snapshot_xmin(current)::text::bigint AS transactions,
        coalesce(extract(epoch FROM clock_timestamp() - oldest.start)::float, 0) AS seconds, oldest.pid
    FROM pg_current_snapshot() AS current LEFT JOIN LATERAL (
        SELECT xact_start AS start, pid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL SELECT prepared, NULL FROM pg_prepared_xacts
        ORDER BY start LIMIT 1
    ) AS oldest ON true
""")


@dataclass(frozen=True)
class ChangeFeedLag:
    """The age of the oldest transaction that writes, as far as the role may see it, and its process; None for a
    prepared transaction. `transactions` is the number of later ones, whose changes are not in the feed yet."""

    seconds: float = 0.0
    transactions: int = 0
    pid: int | None = None


async def load_lag(connection: AsyncConnection, order: LogOrder) -> ChangeFeedLag:
    """Load the lag. There is none in an order without a horizon, nor on SQLite, whose transactions do not overlap."""
    if connection.dialect.name == "sqlite" or not order.has_horizon:
        return ChangeFeedLag()
    row = (await connection.execute(_POSTGRESQL)).one()
    return ChangeFeedLag(round(row.seconds, 3), row.transactions, row.pid)
