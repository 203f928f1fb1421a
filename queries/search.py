"""Statements of full-text search: a page of articles, or of several nouns, that match a search query."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    MetaData,
    Select,
    Subquery,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
)

from models.relations import get_table, table_of
from queries.filters import condition_to_sql
from queries.keyset import order_by_clause
from queries.lists import PageQuery, Projection, cursor_conditions, projected_columns
from queries.order import Direction, Order, Sort
from queries.scope import visible
from queries.search_entries import matching_entries
from queries.statement_cache import cached_statement

BY_RANK: Order = (Sort("rank", Direction.DESC), Sort("id", Direction.DESC))
"""The most relevant rows first, the newest first among equally relevant ones."""


@cached_statement
def select_matches(model: Any, query: PageQuery, dialect: str, projection: Projection = None) -> Select[Any]:
    """Select a page of the visible rows of a table that match :search, plus one row to detect whether there are more.

    The column `rank` is greater for more relevant rows.
    """
    matches = _matching_rows(model, dialect)
    required = ["id", "noun", "rank", *(sort.column for sort in query.order)]
    return _page(select(*projected_columns(matches, projection, required)), matches, query)


@cached_statement
def select_match_count(model: Any, query: PageQuery, dialect: str) -> Select[Any]:
    """Select the number of the visible rows of a table that match :search."""
    matches = _matching_rows(model, dialect, is_ranked=False)
    return select(func.count()).select_from(matches).where(condition_to_sql(query.where, matches))


@cached_statement
def select_mixed_matches(nouns: tuple[str, ...], query: PageQuery, dialect: str) -> Select[Any]:
    """Select noun, id and rank of a page of the visible rows of these tables that match :search."""
    matches = _mixed_matches(nouns, dialect)
    return _page(select(*matches.c), matches, query)


@cached_statement
def select_mixed_match_count(nouns: tuple[str, ...], dialect: str) -> Select[Any]:
    """Select the number of the visible rows of these tables that match :search."""
    return select(func.count()).select_from(_mixed_matches(nouns, dialect, is_ranked=False))


@cache
def ranked_columns(name: str) -> Table:
    """Return the columns of the matching rows of a table, for parsing cursors."""
    columns = (Column(column.name, column.type, nullable=column.nullable) for column in get_table(name).c)
    return Table(name, MetaData(), *columns, Column("rank", Double, nullable=False))


def _matching_rows(model: Any, dialect: str, *, is_ranked: bool = True) -> Subquery:
    table = table_of(model)
    entries = matching_entries(dialect, [model.__tablename__], is_ranked=is_ranked)
    statement = select(*table.c, entries.c.noun, entries.c.rank)
    return statement.where(entries.c.object_id == table.c.id, visible(table)).subquery("matches")


def _mixed_matches(nouns: Sequence[str], dialect: str, *, is_ranked: bool = True) -> Subquery:
    entries = matching_entries(dialect, nouns, is_ranked=is_ranked)
    is_visible = or_(*(and_(entries.c.noun == noun, _is_visible(noun, entries.c.object_id)) for noun in nouns))
    statement = select(entries.c.noun, entries.c.object_id.label("id"), entries.c.rank)
    return statement.where(is_visible).subquery("matches")


def _is_visible(noun: str, id: ColumnElement[Any]) -> ColumnElement[bool]:
    row = get_table(noun).alias()
    return exists().where(row.c.id == id, visible(row))


def _page(statement: Select[Any], matches: Subquery, query: PageQuery) -> Select[Any]:
    conditions = condition_to_sql(query.where, matches), *cursor_conditions(matches, query)
    return statement.where(*conditions).order_by(*order_by_clause(query.fetch_order, matches)).limit(query.size + 1)
