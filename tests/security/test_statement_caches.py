"""The caches of SQL statements are bounded in bytes: clients choose filters, orders, page sizes and projections."""

import pytest

from database import compiled
from database.compiled import compile_by_shape
from database.uncached import is_uncached
from models import Project, Task
from queries import statement_cache
from queries.filters import And, Compare, Exists
from queries.lists import PageQuery, select_page
from queries.order import NEWEST_FIRST

PROJECT = Task.relations["project"]


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    statement_cache.STATEMENTS.clear()
    compiled.SHAPES.clear()


def query_with_relations(number: int, count: int) -> PageQuery:
    """Return a query that is like no other, in values and in shape."""
    operators = [("eq", "ne", "contains")[number // 3**index % 3] for index in range(count)]
    conditions = (Exists(PROJECT, Compare("name", operator, f"n{number}")) for operator in operators)
    return PageQuery(And(tuple(conditions)), size=number % 100)


@pytest.mark.slow
def test_bytes_of_cached_statements_are_bounded() -> None:
    for number in range(120):
        compile_by_shape(select_page(Task, query_with_relations(number, 5)))
        assert 0 < statement_cache.STATEMENTS.used_bytes <= statement_cache.MAX_CACHED_BYTES
        assert 0 < compiled.SHAPES.used_bytes <= compiled.SHAPE_CACHE_BYTES
    assert 1 < len(statement_cache.STATEMENTS) < 120


def test_number_of_cached_statements_is_bounded() -> None:
    for number in range(statement_cache.MAX_CACHED_STATEMENTS + 50):
        select_page((Task, Project)[number % 2], PageQuery(size=number))
    assert len(statement_cache.STATEMENTS) <= statement_cache.MAX_CACHED_STATEMENTS
    query = PageQuery(size=1)
    assert select_page(Task, query) is select_page(Task, query)


def test_large_statements_are_not_cached() -> None:
    texts = Compare("title", "in", tuple(f"{number:01000}" for number in range(400)))
    cursor = PageQuery(after=("t" * 10**6,), order=NEWEST_FIRST)
    for query in (query_with_relations(1, 20), PageQuery(texts)):
        statement = select_page(Task, query)
        assert is_uncached(statement)
        assert compile_by_shape(statement).sql
    assert cursor.condition_bytes > statement_cache.MAX_STATEMENT_BYTES
    assert (len(statement_cache.STATEMENTS), len(compiled.SHAPES)) == (0, 0)
