"""Statements that are good, broken and slow, and an eye on the pool."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from models import Task
from queries.lists import Ask, listed
from server.database import Database

ALL_TASKS = listed(Task, Ask(size=100))
BROKEN = text("SELECT no_such_column")
SLOW = {
    "sqlite": text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n"
    ),
    "postgresql": text("SELECT pg_sleep(0.05)"),
}


def taken(database: Database) -> int:
    """How many connections the pool misses."""
    pool: Any = database.reading.pool
    return int(pool.checkedout() - getattr(pool, "tidied", 0))


async def settled(database: Database) -> int:
    """The same, once what goes on in the background has had its time."""
    for _ in range(500):
        if taken(database) == 0:
            break
        await asyncio.sleep(0.01)
    return taken(database)


@contextmanager
def statements_of(database: Database, begin: Any, end: Any = None) -> Iterator[None]:
    """Calls back when a statement is sent, and when it has been answered."""
    engine = database.reading.sync_engine
    listeners = [("before_cursor_execute", lambda *_: begin())]
    listeners += [("after_cursor_execute", lambda *_: end())] if end else []
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
