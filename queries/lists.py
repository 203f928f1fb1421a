"""What a client asks of a list, and the statements that answer it: of a whole table, or of many parents at once."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, Uuid, bindparam, column, func, literal, select, true

from models.relations import Linked, Many, table_named, table_of
from queries.conditions import EVERYTHING, Condition, sql
from queries.keys import KeyList, among
from queries.keyset import after, ordering
from queries.order import NEWEST_FIRST, Order
from queries.scope import visible

STATEMENTS_KEPT = 500
"""Of each kind: to build a statement takes longer than to run it, and clients ask the same questions again."""
KEYS = bindparam("keys", type_=KeyList())


@dataclass(frozen=True)
class Ask:
    """A page of a list: which rows, in what order, from where and how many. Hashable, so that loaders can share it."""

    where: Condition = EVERYTHING
    order: Order = NEWEST_FIRST
    size: int = 20
    backwards: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None

    @property
    def way(self) -> Order:
        """The order in which the rows are fetched: a page from the end is fetched from the end."""
        return tuple(sort.reversed for sort in self.order) if self.backwards else self.order


@lru_cache(STATEMENTS_KEPT)
def listed(model: Any, ask: Ask) -> Select[Any]:
    """A page of all rows that the caller may see, and one row more, which tells whether there are others."""
    table = table_of(model)
    found = select(*table.c).where(*_matching(table, ask), *_between(table, ask))
    return found.order_by(*ordering(ask.way, table)).limit(ask.size + 1)


@lru_cache(STATEMENTS_KEPT)
def counted(model: Any, ask: Ask) -> Select[Any]:
    """How many rows the whole list has."""
    table = table_of(model)
    return select(func.count()).select_from(table).where(*_matching(table, ask))


@lru_cache(STATEMENTS_KEPT)
def listed_for(relation: Many | Linked, ask: Ask, dialect: str) -> Select[Any]:
    """The same page for every parent in :keys, in one statement; `parent_key` says whose row it is."""
    return _lateral(relation, ask) if dialect == "postgresql" else _windowed(relation, ask)


@lru_cache(STATEMENTS_KEPT)
def counted_for(relation: Many | Linked, ask: Ask) -> Select[Any]:
    """How many rows the list of each parent in :keys has; a parent without any has no row."""
    children = _Children(relation)
    found = select(children.key.label("parent_key"), func.count().label("total")).select_from(children.source)
    return found.where(among(children.key, KEYS), *children.matching(ask)).group_by(children.key)


@lru_cache(STATEMENTS_KEPT)
def by_id(model: Any) -> Select[Any]:
    """The rows whose ids are in :keys."""
    table = table_of(model)
    return select(*table.c).where(visible(table), among(table.c.id, KEYS))


@lru_cache(STATEMENTS_KEPT)
def typed_by_id(model: Any) -> Select[Any]:
    """The same, with their type's name as `type_name`: rows do not know it."""
    return by_id(model).add_columns(literal(model.__name__).label("type_name"))


def _matching(table: FromClause, ask: Ask) -> list[ColumnElement[bool]]:
    return [visible(table), sql(ask.where, table)]


def _between(table: FromClause, ask: Ask) -> list[ColumnElement[bool]]:
    """After one cursor and, looking from the other end, after the other."""
    backwards = tuple(sort.reversed for sort in ask.order)
    marks = ((ask.order, ask.after), (backwards, ask.before))
    return [after(order, table, mark) for order, mark in marks if mark is not None]


class _Children:
    """The rows that a relation leads to, from whatever they are found in."""

    def __init__(self, relation: Many | Linked) -> None:
        self.table = table_named(relation.table)
        self.source: FromClause = self.table
        self.scope: list[ColumnElement[bool]] = []
        if isinstance(relation, Many):
            self.key: ColumnElement[Any] = self.table.c[relation.by]
        else:
            link = table_named(relation.link)
            self.source = link.join(self.table, link.c[relation.far] == self.table.c.id)
            self.key, self.scope = link.c[relation.near], [visible(link)]

    def matching(self, ask: Ask) -> list[ColumnElement[bool]]:
        """What holds of those asked for."""
        return [*self.scope, *_matching(self.table, ask)]


def _lateral(relation: Many | Linked, ask: Ask) -> Select[Any]:
    """PostgreSQL walks the index once a parent and stops at the page's end."""
    children = _Children(relation)
    parents = func.unnest(KEYS).table_valued(column("parent_key", Uuid())).render_derived(name="parents")
    page = select(*children.table.c).select_from(children.source).correlate(parents)
    page = page.where(children.key == parents.c.parent_key, *children.matching(ask), *_between(children.table, ask))
    rows = page.order_by(*ordering(ask.way, children.table)).limit(ask.size + 1).lateral("page")
    return select(parents.c.parent_key, *rows.c).select_from(parents.join(rows, true()))


def _windowed(relation: Many | Linked, ask: Ask) -> Select[Any]:
    """SQLite has no LATERAL: it numbers each parent's rows and keeps the first."""
    children = _Children(relation)
    order = ordering(ask.way, children.table)
    place = func.row_number().over(partition_by=children.key, order_by=order).label("place")
    found = select(children.key.label("parent_key"), place, *children.table.c).select_from(children.source)
    rows: Subquery = found.where(
        among(children.key, KEYS), *children.matching(ask), *_between(children.table, ask)
    ).subquery("page")
    kept = [rows.c.parent_key, *(rows.c[column.name] for column in children.table.c)]
    return select(*kept).where(rows.c.place <= ask.size + 1).order_by(rows.c.parent_key, rows.c.place)
