"""What a client asks of a list, and the statements that answer it: of a whole table, or of many parents at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, Uuid, bindparam, column, func, literal, select, true

from models.relations import Linked, Many, table_named, table_of
from queries.conditions import EVERYTHING, Condition, size_of, sql
from queries.kept import kept
from queries.keys import KeyList, among, array
from queries.keyset import after, ordering
from queries.order import NEWEST_FIRST, Order
from queries.scope import current, visible

SMALL = 1000
"""Values of a condition, and characters of its texts."""
Columns = frozenset[str] | None
"""Names of columns; None for all of them."""
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
    whole_server: bool = field(default=False, kw_only=True)
    """Of the whole server rather than the current tenant: what superusers ask (queries/scope.py)."""

    @property
    def is_small(self) -> bool:
        """Whether it says little enough to be remembered."""
        return size_of(self.where) <= SMALL

    @property
    def way(self) -> Order:
        """The order in which the rows are fetched: a page from the end is fetched from the end."""
        return tuple(sort.reversed for sort in self.order) if self.backwards else self.order


@kept
def listed(model: Any, ask: Ask, columns: Columns = None) -> Select[Any]:
    """A page of all rows that the caller may see, and one row more, which tells whether there are others."""
    table = table_of(model)
    found = select(*_columns(table, ask, columns)).where(*_matching(table, ask), *_between(table, ask))
    return found.order_by(*ordering(ask.way, table)).limit(ask.size + 1)


@kept
def counted(model: Any, ask: Ask) -> Select[Any]:
    """How many rows the whole list has."""
    table = table_of(model)
    return select(func.count()).select_from(table).where(*_matching(table, ask))


@kept
def listed_for(relation: Many | Linked, ask: Ask, dialect: str, columns: Columns = None) -> Select[Any]:
    """The same page for every parent in :keys, in one statement. The first column says whose row it is: by its parent's
    key, or on PostgreSQL by that key's place among the keys, counted from 1."""
    return (_lateral if dialect == "postgresql" else _windowed)(relation, ask, columns)


@kept
def counted_for(relation: Many | Linked, ask: Ask) -> Select[Any]:
    """How many rows the list of each parent in :keys has; a parent without any has no row."""
    children = _Children(relation)
    found = select(children.key.label("parent_key"), func.count().label("total")).select_from(children.source)
    return found.where(among(children.key, KEYS), *children.matching(ask)).group_by(children.key)


@kept
def by_id(model: Any, columns: Columns = None) -> Select[Any]:
    """The rows whose ids are in :keys."""
    table = table_of(model)
    return select(*_wanted(table, columns, ["id"])).where(visible(table), among(table.c.id, KEYS))


@kept
def typed_by_id(model: Any) -> Select[Any]:
    """The same, with their type's name as `type_name`: rows do not know it."""
    return by_id(model).add_columns(literal(model.__name__).label("type_name"))


@kept
def here(model: Any) -> Select[Any]:
    """The current tenant, or the rows that name it."""
    table = table_of(model)
    return select(*table.c).where(visible(table), current(table))


def _columns(table: FromClause, ask: Ask, columns: Columns) -> list[ColumnElement[Any]]:
    """Those asked for, and those that cursors are made of."""
    return _wanted(table, columns, ["id", *(sort.column for sort in ask.order)])


def _wanted(table: FromClause, columns: Columns, needed: Iterable[str]) -> list[ColumnElement[Any]]:
    return list(table.c) if columns is None else [each for each in table.c if each.name in columns.union(needed)]


def _matching(table: FromClause, ask: Ask) -> list[ColumnElement[bool]]:
    return [visible(table, whole_server=ask.whole_server), sql(ask.where, table)]


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


def _lateral(relation: Many | Linked, ask: Ask, columns: Columns) -> Select[Any]:
    """PostgreSQL walks the index once a parent and stops at the page's end."""
    children = _Children(relation)
    parent = column("parent_key", Uuid())
    parents = func.unnest(array(KEYS)).table_valued(parent, with_ordinality="place").render_derived(name="parents")
    page = select(*_columns(children.table, ask, columns)).select_from(children.source).correlate(parents)
    page = page.where(children.key == parents.c.parent_key, *children.matching(ask), *_between(children.table, ask))
    rows = page.order_by(*ordering(ask.way, children.table)).limit(ask.size + 1).lateral("page")
    return select(parents.c.place, *rows.c).select_from(parents.join(rows, true()))


def _windowed(relation: Many | Linked, ask: Ask, columns: Columns) -> Select[Any]:
    """SQLite has no LATERAL: it numbers each parent's rows and keeps the first."""
    children = _Children(relation)
    order = ordering(ask.way, children.table)
    place = func.row_number().over(partition_by=children.key, order_by=order).label("place")
    shown = _columns(children.table, ask, columns)
    found = select(children.key.label("parent_key"), place, *shown).select_from(children.source)
    rows: Subquery = found.where(
        among(children.key, KEYS), *children.matching(ask), *_between(children.table, ask)
    ).subquery("page")
    kept = [rows.c.parent_key, *(rows.c[column.name] for column in shown)]
    return select(*kept).where(rows.c.place <= ask.size + 1).order_by(rows.c.parent_key, rows.c.place)
