"""Lists as connections. Nothing is read before it is selected, and what siblings select is read once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dataloaders.lists import Counted, Listed
from dataloaders.pages import Counts, Pages
from models.ids import NOWHERE
from models.relations import Linked, Many, table_named
from queries.conditions import EVERYTHING
from queries.lists import Ask
from queries.order import BadCursor, Order, Sort, complete, place_of
from queries.page import Page
from resolvers.context import Context
from services.errors import BadInput

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
MOST_SORTS = 10


@dataclass(frozen=True)
class Listing:
    """A list that can be asked for its page and its length."""

    page: Callable[[], Awaitable[Page]]
    count: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Edge:
    """A row in its place on a page."""

    page: Page
    node: Any


def all_rows(context: Context, table: str, ask: Ask) -> Listing:
    """The rows of a table that the caller may see."""
    about = (table, ask)
    pages, counts = context.loaders.get(Listed, about), context.loaders.get(Counted, about)
    return Listing(lambda: pages.load(NOWHERE), lambda: counts.load(NOWHERE))


def children(context: Context, relation: Many | Linked, parent: UUID, ask: Ask) -> Listing:
    """The rows that belong to a parent."""
    about = (relation, ask)
    return Listing(
        lambda: context.loaders.get(Pages, about).load(parent),
        lambda: context.loaders.get(Counts, (relation, Ask(ask.where))).load(parent),
    )


def ask_for(table: str, arguments: dict[str, Any]) -> Ask:
    """What the arguments of a list ask for; BadInput when they make no sense."""
    order = _order(arguments.get("order_by") or ())
    size, backwards = _size(arguments.get("first"), arguments.get("last"))
    marks = {name: _mark(table, order, name, arguments.get(name)) for name in ("after", "before")}
    return Ask(arguments.get("where") or EVERYTHING, order, size, backwards, **marks)


def _order(sorts: Sequence[Sort]) -> Order:
    if len(sorts) > MOST_SORTS:
        raise BadInput(f"`orderBy` takes at most {MOST_SORTS} columns.")
    return complete(sorts)


def _size(first: int | None, last: int | None) -> tuple[int, bool]:
    if first is not None and last is not None:
        raise BadInput("Give `first` or `last`, not both.")
    size = next((number for number in (first, last) if number is not None), DEFAULT_SIZE)
    if not 0 <= size <= LARGEST_SIZE:
        raise BadInput(f"`{'first' if last is None else 'last'}` must be between 0 and {LARGEST_SIZE}.")
    return size, last is not None


def _mark(table: str, order: Any, name: str, cursor: str | None) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        return place_of(order, table_named(table), cursor)
    except BadCursor:
        raise BadInput(f"`{name}` is no cursor of this list in this order.") from None
