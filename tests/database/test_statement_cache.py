"""The cache of compiled statements that the engines of a process share."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.dialects import registry

from database.engine import Database
from database.statement_cache import STATEMENT_CACHE, StatementCache

SQLITE: Any = registry.load("sqlite.aiosqlite")
POSTGRESQL: Any = registry.load("postgresql.asyncpg")
SHAPE = ("a statement", (), False, False)


def select_from_new_table(name: str) -> Any:
    """Return a statement that no other test has compiled."""
    return select(Table(name, MetaData(), Column("id", Integer))).limit(0)


@pytest.mark.only("sqlite")
async def test_engines_for_reads_and_writes_share_compiled_statements(database: Database) -> None:
    statement = select_from_new_table("tenant")
    sizes = [len(STATEMENT_CACHE)]
    for engine in (database.read_engine, database.write_engine):
        async with engine.connect() as connection:
            await connection.execute(statement)
        sizes.append(len(STATEMENT_CACHE))
    assert (sizes[1] - sizes[0], sizes[2] - sizes[1]) == (1, 0)


def test_dialects_of_one_kind_share_and_others_do_not() -> None:
    cache = StatementCache()
    cache[SQLITE(), *SHAPE] = "on SQLite"
    assert cache.get((SQLITE(), *SHAPE)) == "on SQLite"
    assert cache.get((POSTGRESQL(), *SHAPE)) is None
    assert cache.get((POSTGRESQL(), *SHAPE), "default") == "default"


def test_shapes_do_not_share() -> None:
    cache = StatementCache()
    cache[SQLITE(), "a statement", (), False, False] = "one row"
    assert cache.get((SQLITE(), "a statement", (), False, True)) is None


def test_number_of_statements_is_bounded() -> None:
    cache = StatementCache(max_count=4)
    for number in range(100):
        cache[SQLITE(), number] = str(number)
    assert len(cache) <= 6  # SQLAlchemy's cache exceeds its size by half before it shrinks
    assert cache.get((SQLITE(), 99)) == "99"
