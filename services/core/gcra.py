"""The statements of GCRA (generic cell rate algorithm), whose state is one timestamp for each key.

Each key stores its theoretical arrival time in milliseconds. A cost in milliseconds advances it, unless that would move
it further ahead of the clock than the burst allows. A key whose time has passed has its full burst and need not be
stored.
"""

from typing import Any

from sqlalchemy import Insert, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from models import Throttle
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork

MAX_DELETED_ROWS = 1000


def build_advance(dialect: str, key: str, now: int, *, cost_ms: int, max_lead_ms: int) -> Insert:
    """Build the upsert that advances a key's theoretical arrival time; it returns no row if the limit is exceeded."""
    table: Any = table_of(Throttle)
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    arrival = case((table.c.theoretical_arrival > now, table.c.theoretical_arrival), else_=now) + cost_ms
    upsert: Insert = insert.values(key=key, theoretical_arrival=now + cost_ms).on_conflict_do_update(
        index_elements=["key"], set_={"theoretical_arrival": arrival}, where=arrival - now <= max_lead_ms
    )
    return upsert.returning(table.c.theoretical_arrival)


async def delete_idle(work: UnitOfWork, now: int) -> int:
    """Delete some idle keys, except those that a concurrent transaction has locked. Return their number."""
    throttle = table_of(Throttle)
    idle = select(throttle.c.key).where(throttle.c.theoretical_arrival < now).limit(MAX_DELETED_ROWS)
    unlocked = throttle.c.key.in_(idle.with_for_update(skip_locked=True))
    return len(await work.rows(delete(throttle).where(unlocked).returning(throttle.c.key)))
