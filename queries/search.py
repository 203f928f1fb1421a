"""Statements of full-text search: a page of articles, or of several nouns, that match a search query."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    FromClause,
    MetaData,
    Select,
    Subquery,
    Table,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    union_all,
)

from models.relations import get_table, table_of
from queries.filters import condition_to_sql
from queries.keyset import order_by_clause
from queries.lists import PageQuery, Projection, cursor_conditions, projected_columns
from queries.order import Direction, Order, Sort
from queries.scope import visible
from queries.search_entries import MatchPart, matching_entries
from queries.sort_values import related_values
from queries.statement_cache import cached_statement

BY_RANK: Order = (Sort("rank", Direction.DESC), Sort("id", Direction.DESC))
"""The most relevant rows first, the newest first among equally relevant ones."""


@partial(cached_statement, copies=2)
def select_matches(model: Any, query: PageQuery, dialect: str, projection: Projection = None) -> Select[Any]:
    """Select a page of the visible rows of a table that match :search, plus one row to detect whether there are more.

    The column `rank` is greater for more relevant rows.
    """
    required = ["id", "noun", "rank", *(sort.column for sort in query.order if not sort.is_related)]

    def select_part(part: MatchPart) -> Select[Any]:
        matches = _matching_rows(model, dialect, part)
        columns = [*projected_columns(matches, projection, required), *related_values(query.order, matches)]
        return _first_rows(select(*columns), matches, query)

    return _best_first(select_part, query, dialect)


@cached_statement
def select_match_count(model: Any, query: PageQuery, dialect: str) -> Select[Any]:
    """Select the number of the visible rows of a table that match :search."""
    matches = _matching_rows(model, dialect, MatchPart.UNRANKED)
    return select(func.count()).select_from(matches).where(condition_to_sql(query.where, matches))


@partial(cached_statement, copies=2)
def select_mixed_matches(nouns: tuple[str, ...], query: PageQuery, dialect: str) -> Select[Any]:
    """Select noun, id and rank of a page of the visible rows of these tables that match :search."""

    def select_part(part: MatchPart) -> Select[Any]:
        matches = _mixed_matches(nouns, dialect, part)
        return _first_rows(select(*matches.c), matches, query)

    return _best_first(select_part, query, dialect)


@cached_statement
def select_mixed_match_count(nouns: tuple[str, ...], dialect: str) -> Select[Any]:
    """Select the number of the visible rows of these tables that match :search."""
    return select(func.count()).select_from(_mixed_matches(nouns, dialect, MatchPart.UNRANKED))


@cache
def ranked_columns(name: str) -> Table:
    """Return the columns of the matching rows of a table, for parsing cursors."""
    columns = (Column(column.name, column.type, nullable=column.nullable) for column in get_table(name).c)
    return Table(name, MetaData(), *columns, Column("rank", Double, nullable=False))


def _matching_rows(model: Any, dialect: str, part: MatchPart) -> Subquery:
    """The id is the one that entries are sorted by, so the rows need no second sort."""
    table, entries = table_of(model), matching_entries(dialect, [model.__tablename__], part)
    columns = (column for column in table.c if column.name != "id")
    statement = select(entries.c.object_id.label("id"), *columns, *_without_id(entries))
    return statement.where(entries.c.object_id == table.c.id, visible(table)).subquery("matches")


def _mixed_matches(nouns: Sequence[str], dialect: str, part: MatchPart) -> Subquery:
    entries = matching_entries(dialect, nouns, part)
    is_visible = or_(*(and_(entries.c.noun == noun, _is_visible(noun, entries.c.object_id)) for noun in nouns))
    statement = select(entries.c.object_id.label("id"), *_without_id(entries))
    return statement.where(is_visible).subquery("matches")


def _without_id(entries: FromClause) -> list[ColumnElement[Any]]:
    return [column for column in entries.c if column.name != "object_id"]


def _is_visible(noun: str, id: ColumnElement[Any]) -> ColumnElement[bool]:
    row = get_table(noun).alias()
    return exists().where(row.c.id == id, visible(row))


def _first_rows(statement: Select[Any], matches: Subquery, query: PageQuery) -> Select[Any]:
    """Select the rows from the start, or from a cursor, to the end of the page."""
    conditions = condition_to_sql(query.where, matches), *cursor_conditions(matches, query)
    rows = statement.where(*conditions).order_by(*order_by_clause(query.fetch_order, matches))
    return rows.limit(query.offset + query.size + 1)


def _best_first(select_part: Callable[[MatchPart], Select[Any]], query: PageQuery, dialect: str) -> Select[Any]:
    """Select a page. On PostgreSQL, the entries without the words in their title are not read if the best ones fill it.

    In another order, and from the end, all entries are ranked.
    """
    if dialect != "postgresql" or query.fetch_order != BY_RANK:
        return _without_offset(select_part(MatchPart.RANKED), query)
    best = select_part(MatchPart.BEST).cte("best")
    is_full = select(func.count() > query.offset + query.size).select_from(best).scalar_subquery()
    others = select_part(MatchPart.OTHERS).where(not_(is_full)).subquery("others")
    page = union_all(select(best), select(others)).subquery("page")
    return _without_offset(select(*page.c).order_by(*order_by_clause(BY_RANK, page)), query)


def _without_offset(rows: Select[Any], query: PageQuery) -> Select[Any]:
    return rows.limit(query.size + 1).offset(query.offset or None)
