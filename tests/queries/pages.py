"""Pages by the statements of queries/, without the contract around them."""

from dataclasses import replace
from typing import Any

from models import Task
from models.relations import table_of
from queries.lists import Ask, listed
from queries.order import place_of
from queries.page import Page, page_of
from queries.reader import Reader

TASKS = table_of(Task)


async def page(reader: Reader, ask: Ask, model: Any = Task) -> Page:
    """The page asked for."""
    return page_of(ask, await reader.rows(listed(model, ask)))


def turned(ask: Ask, cursor: str | None) -> Ask:
    """The page behind this cursor, whichever way is forward; the cursor travels as text."""
    assert cursor is not None
    place = place_of(ask.order, TASKS, cursor)
    return replace(ask, before=place) if ask.backwards else replace(ask, after=place)
