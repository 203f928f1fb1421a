"""Page queries and their statements: for a whole table, or for the children of many parents at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, Uuid, column, func, literal, select, true

from database.lookup import IS_LOOKUP
from models.relations import HasMany, HasManyThrough, ToMany, get_table, table_of
from queries.filters import (
    ALL_ROWS,
    BYTES_PER_COMPARISON,
    BYTES_PER_RELATED_ROWS,
    Condition,
    condition_to_sql,
    count_table_reads,
    estimate_condition_bytes,
)
from queries.key_list import KEYS_PARAM, any_of, as_array
from queries.keyset import after_cursor, order_by_clause
from queries.order import NEWEST_FIRST, Order
from queries.scope import in_current_tenant, visible
from queries.sort_values import related_values
from queries.statement_cache import cached_statement

Projection = frozenset[str] | None
"""The names of the selected columns; None for all columns."""


@dataclass(frozen=True)
class PageQuery:
    """The filter, order, size and cursors of a page. Hashable, so that equal page queries share a loader. The hash is
    computed once: loaders and statements are looked up by it."""

    where: Condition = ALL_ROWS
    order: Order = NEWEST_FIRST
    size: int = 20
    backwards: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    offset: int = 0
    server_wide: bool = field(default=False, kw_only=True)
    """Whether it covers all tenants, for superusers (queries/scope.py)."""
    include_deleted: bool = field(default=False, kw_only=True)
    """Whether it covers deleted rows, for admins (queries/scope.py)."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        options = (self.offset, self.server_wide, self.include_deleted)
        return hash((self.where, self.order, self.size, self.backwards, self.after, self.before, *options))

    @cached_property
    def table_reads(self) -> int:
        """How many parts of the filter and the order read other tables."""
        sorts = sum(len(sort.path) + (sort.counted is not None) for sort in self.order)
        return count_table_reads(self.where) + sorts

    @property
    def condition_bytes(self) -> int:
        """The estimated size of the SQL expressions of the filter and of the cursors."""
        cursors = [cursor for cursor in (self.after, self.before) if cursor is not None]
        # a cursor of n columns is compared in the first column, in the first two, and so on
        comparisons = sum(len(cursor) * (len(cursor) + 1) // 2 for cursor in cursors)
        text_length = sum(len(value) for cursor in cursors for value in cursor if isinstance(value, str))
        # the value of a related row is selected, sorted by, and compared with each cursor
        copies = (2 + comparisons) * sum(len(sort.path) + 1 for sort in self.order if sort.is_related)
        condition_bytes = estimate_condition_bytes(self.where) + BYTES_PER_RELATED_ROWS * copies
        return condition_bytes + BYTES_PER_COMPARISON * comparisons + text_length

    @property
    def fetch_order(self) -> Order:
        """The order in which the rows are fetched: reversed for a backwards page."""
        return tuple(sort.reversed for sort in self.order) if self.backwards else self.order


@cached_statement
def select_page(model: Any, query: PageQuery, projection: Projection = None) -> Select[Any]:
    """Select a page of the visible rows, plus one row to detect whether there are more."""
    table = table_of(model)
    statement = select(*_page_columns(table, query, projection)).where(
        *row_conditions_of(table, query), *cursor_conditions(table, query)
    )
    return (
        statement.order_by(*order_by_clause(query.fetch_order, table))
        .limit(query.size + 1)
        .offset(query.offset or None)
    )


@cached_statement
def select_count(model: Any, query: PageQuery) -> Select[Any]:
    """Select the total number of rows of the list."""
    table = table_of(model)
    return select(func.count()).select_from(table).where(*row_conditions_of(table, query))


@cached_statement
def select_child_pages(relation: ToMany, query: PageQuery, dialect: str, projection: Projection = None) -> Select[Any]:
    """Select the same page of the children of every parent in :keys.

    The first column identifies the parent: by its key on SQLite, by the 1-based index of its key on PostgreSQL.
    """
    return (_select_pages_lateral if dialect == "postgresql" else _select_pages_windowed)(relation, query, projection)


@cached_statement
def select_child_counts(relation: ToMany, query: PageQuery) -> Select[Any]:
    """Select the number of children of each parent in :keys; a parent without children has no row."""
    children = Children(relation)
    statement = select(children.key.label("parent_key"), func.count().label("total")).select_from(children.source)
    return statement.where(any_of(children.key, KEYS_PARAM), *children.row_conditions(query)).group_by(children.key)


@cached_statement
def select_by_id(model: Any, projection: Projection = None) -> Select[Any]:
    """Select the visible rows whose ids are in :keys."""
    table = table_of(model)
    statement = select(*projected_columns(table, projection, ["id"]))
    return statement.where(visible(table), any_of(table.c.id, KEYS_PARAM)).execution_options(**{IS_LOOKUP: True})


@cached_statement
def select_by_id_or_deleted(model: Any, projection: Projection = None) -> Select[Any]:
    """Select the rows whose ids are in :keys and that are visible, or would be if they were not deleted."""
    table = table_of(model)
    statement = select(*projected_columns(table, projection, ["id"]))
    return statement.where(visible(table, include_deleted=True), any_of(table.c.id, KEYS_PARAM))


@cached_statement
def select_by_id_with_type(model: Any) -> Select[Any]:
    """Select the visible rows whose ids are in :keys, with the name of their model as `type_name`."""
    return select_by_id(model).add_columns(literal(model.__name__).label("type_name"))


@cached_statement
def select_current_tenant_rows(model: Any) -> Select[Any]:
    """Select the current tenant, or the visible rows of a table that belong to it."""
    table = table_of(model)
    return select(*table.c).where(visible(table), in_current_tenant(table))


def _page_columns(table: FromClause, query: PageQuery, projection: Projection) -> list[ColumnElement[Any]]:
    """Return the projected columns and the values that cursors consist of."""
    own = [sort.column for sort in query.order if not sort.is_related]
    return [*projected_columns(table, projection, ["id", *own]), *related_values(query.order, table)]


def projected_columns(table: FromClause, projection: Projection, required: Iterable[str]) -> list[ColumnElement[Any]]:
    """Return the projected and the required columns of a table; without a projection, all columns."""
    if projection is None:
        return list(table.c)
    names = projection.union(required)
    return [column for column in table.c if column.name in names]


def row_conditions_of(table: FromClause, query: PageQuery) -> list[ColumnElement[bool]]:
    """Return the conditions for the rows of a table that the principal can see and that match a page query."""
    scope = visible(table, server_wide=query.server_wide, include_deleted=query.include_deleted)
    return [scope, condition_to_sql(query.where, table)]


def cursor_conditions(table: FromClause, query: PageQuery) -> list[ColumnElement[bool]]:
    """Return the conditions for rows after `after` and, in the reversed order, after `before`."""
    reversed_order = tuple(sort.reversed for sort in query.order)
    cursors = ((query.order, query.after), (reversed_order, query.before))
    return [after_cursor(order, table, values) for order, values in cursors if values is not None]


def child_conditions_of(children: "Children", query: PageQuery) -> list[ColumnElement[bool]]:
    """Return the conditions for the children that the principal can see and that match a page query."""
    return children.row_conditions(query)


class Children:
    """The FROM clause, the parent key and the scope of the rows that a relation leads to."""

    def __init__(self, relation: ToMany) -> None:
        self.table = get_table(relation.table)
        self.source: FromClause = self.table
        self.scope: list[ColumnElement[bool]] = []
        if isinstance(relation, HasMany):
            self.key: ColumnElement[Any] = self.table.c[relation.fk]
        elif isinstance(relation, HasManyThrough):
            through = get_table(relation.through)
            self.source = through.join(self.table, self.table.c[relation.fk] == through.c.id)
            self.key, self.scope = through.c[relation.through_fk], [visible(through)]
        else:
            link = get_table(relation.link_table)
            self.source = link.join(self.table, link.c[relation.target_fk] == self.table.c.id)
            self.key, self.scope = link.c[relation.source_fk], [visible(link)]

    def row_conditions(self, query: PageQuery) -> list[ColumnElement[bool]]:
        """Return the conditions for the children that match a page query."""
        return [*self.scope, *row_conditions_of(self.table, query)]


def _select_pages_lateral(relation: ToMany, query: PageQuery, projection: Projection) -> Select[Any]:
    """Select pages with LATERAL: PostgreSQL scans the index once per parent and stops at the end of the page."""
    children = Children(relation)
    parent = column("parent_key", Uuid())
    parents = (
        func.unnest(as_array(KEYS_PARAM))
        .table_valued(parent, with_ordinality="parent_index")
        .render_derived(name="parents")
    )
    page = select(*_page_columns(children.table, query, projection)).select_from(children.source).correlate(parents)
    page = page.where(
        children.key == parents.c.parent_key,
        *children.row_conditions(query),
        *cursor_conditions(children.table, query),
    )
    page = page.order_by(*order_by_clause(query.fetch_order, children.table))
    rows = page.limit(query.size + 1).offset(query.offset or None).lateral("page")
    return select(parents.c.parent_index, *rows.c).select_from(parents.join(rows, true()))


def _select_pages_windowed(relation: ToMany, query: PageQuery, projection: Projection) -> Select[Any]:
    """Select pages with a window function, as SQLite has no LATERAL: number the rows of each parent and limit that."""
    children = Children(relation)
    order = order_by_clause(query.fetch_order, children.table)
    row_number = func.row_number().over(partition_by=children.key, order_by=order).label("row_number")
    columns = _page_columns(children.table, query, projection)
    statement = select(children.key.label("parent_key"), row_number, *columns).select_from(children.source)
    rows: Subquery = statement.where(
        any_of(children.key, KEYS_PARAM), *children.row_conditions(query), *cursor_conditions(children.table, query)
    ).subquery("page")
    selected = [rows.c.parent_key, *(rows.c[column.name] for column in columns)]
    last = query.offset + query.size + 1
    is_in_page = rows.c.row_number.between(query.offset + 1, last) if query.offset else rows.c.row_number <= last
    return select(*selected).where(is_in_page).order_by(rows.c.parent_key, rows.c.row_number)
