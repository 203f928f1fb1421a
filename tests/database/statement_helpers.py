"""Statements that succeed, fail and take long; and listeners for executed statements."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from database.engine import Database
from models import Task
from queries.lists import PageQuery, select_page

SELECT_ALL_TASKS = select_page(Task, PageQuery(size=100))
FAILING_STATEMENT = text("SELECT no_such_column")
SLOW_STATEMENTS = {
    "sqlite": text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n"
    ),
    "postgresql": text("SELECT pg_sleep(0.05)"),
}


async def wait_until_released(database: Database) -> bool:
    """Wait until no connection is in use; return False if that takes longer than five seconds."""
    for _ in range(500):
        if database.connections_in_use == 0:
            return True
        await asyncio.sleep(0.01)
    return False


@contextmanager
def observe_statements(database: Database, on_start: Any, on_end: Any = None) -> Iterator[None]:
    """Call `on_start` before each statement and `on_end` after its result, within the block."""
    engine = database.read_engine.sync_engine
    listeners = [("before_cursor_execute", lambda *_: on_start())]
    listeners += [("after_cursor_execute", lambda *_: on_end())] if on_end else []
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
