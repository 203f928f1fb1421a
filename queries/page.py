"""A page of a list, as it comes out of the statements of queries/lists.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queries.lists import Ask
from queries.order import cursor_of


@dataclass(slots=True)
class Page:
    """The rows of a page in the list's order, and whether there are others around it."""

    ask: Ask
    rows: Sequence[Any]
    has_next: bool
    has_previous: bool

    @property
    def start(self) -> str | None:
        """The first row's cursor."""
        return self.cursor(self.rows[0]) if self.rows else None

    @property
    def end(self) -> str | None:
        """The last row's cursor."""
        return self.cursor(self.rows[-1]) if self.rows else None

    def cursor(self, row: Any) -> str:
        """The cursor that marks a row's place in the list."""
        return cursor_of(self.ask.order, row)


def page_of(ask: Ask, fetched: Sequence[Any]) -> Page:
    """The page in what was fetched. Behind a cursor that was given there is at least the row it was made from."""
    rows, more = list(fetched[: ask.size]), len(fetched) > ask.size
    after, before = ask.after is not None, ask.before is not None
    if ask.backwards:
        return Page(ask, rows[::-1], has_next=before, has_previous=more or after)
    return Page(ask, rows, has_next=more or before, has_previous=after)
