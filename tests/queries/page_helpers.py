"""Loading pages with the statements of queries/, without GraphQL."""

from dataclasses import replace
from typing import Any

from database.reader import Reader
from models import Task
from models.relations import table_of
from queries.lists import PageQuery, select_page
from queries.order import decode_cursor
from queries.page import Page, build_page

TASKS = table_of(Task)


async def load_page(reader: Reader, query: PageQuery, model: Any = Task) -> Page:
    """Load a page."""
    return build_page(query, await reader.rows(select_page(model, query)))


def next_query(query: PageQuery, cursor: str | None) -> PageQuery:
    """Return the query of the page beyond an encoded cursor, in the direction of the query."""
    assert cursor is not None
    cursor_values = decode_cursor(query.order, TASKS, cursor)
    return replace(query, before=cursor_values) if query.backwards else replace(query, after=cursor_values)
