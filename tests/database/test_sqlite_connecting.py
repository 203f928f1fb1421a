"""New SQLite connections whose tasks are cancelled."""

import asyncio
import sqlite3
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

from database.engine import Database

pytestmark = pytest.mark.only("sqlite")


class HeldConnection(sqlite3.Connection):
    """A connection that opens when the test says so, and records that it was closed."""

    opening, may_open, closed = Event(), Event(), Event()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.opening.set()
        assert self.may_open.wait(10)
        super().__init__(*arguments, **options)

    def close(self) -> None:
        super().close()
        self.closed.set()


@pytest.fixture
def held_connections(monkeypatch: pytest.MonkeyPatch) -> type[HeldConnection]:
    """Let new connections be held connections."""
    connect = sqlite3.connect
    for name in ("opening", "may_open", "closed"):
        monkeypatch.setattr(HeldConnection, name, Event())
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **options: connect(*given, factory=HeldConnection, **options)
    )
    return HeldConnection


async def select_one(database: Database) -> Any:
    async with database.read_engine.connect() as connection:
        return (await connection.execute(text("SELECT 1"))).scalar()


async def test_connection_of_a_cancelled_task_is_closed(
    database: Database, held_connections: type[HeldConnection]
) -> None:
    task = asyncio.create_task(select_one(database))
    assert await asyncio.to_thread(held_connections.opening.wait, 10)
    task.cancel()
    held_connections.may_open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held_connections.closed.is_set()
    assert await select_one(database) == 1
