"""The entries of the full-text index that match a search query, on each database engine.

They are those of the current tenant, among them deleted documents and drafts: statements join them with the visible
rows. migrations/versions/20261128_0009_search.py describes the tables.
"""

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    String,
    Uuid,
    bindparam,
    column,
    func,
    literal,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import array

from queries.scope import TENANT

SEARCH = bindparam("search", type_=String)
"""The parameter :search, a query that is rendered for the database engine (queries/search_query.py)."""
MARK = "\x02"
"""A character that is in no text of SQLite's FTS5 table, to count matching words."""
TITLE_WEIGHT, CONTENT_WEIGHT = 10.0, 1.0
"""On SQLite. PostgreSQL weighs words of the title (A) ten times as much as those of the content (D)."""

ENTRY = table(
    "search_entry",
    column("row_number", Integer),
    column("tenant_id", Uuid),
    column("noun", String),
    column("object_id", Uuid),
)
"""SQLite's table of the row numbers in `search_text`."""
TEXT = table("search_text", column("rowid", Integer), column("title", String), column("content", String))
"""SQLite's FTS5 table."""
TEXT_NAME: ColumnElement[str] = column("search_text", String)
"""FTS5 takes the name of the table for its operator and its functions."""


def matching_entries(dialect: str, nouns: Sequence[str], *, is_ranked: bool = True) -> FromClause:
    """Return the entries of these tables that match :search, with the columns noun, object_id and rank."""
    build = _postgresql_entries if dialect == "postgresql" else _sqlite_entries
    return build(nouns, is_ranked=is_ranked)


def _postgresql_entries(nouns: Sequence[str], *, is_ranked: bool) -> FromClause:
    """The function reads the tenant from the setting that row-level security uses."""
    entries = func.search_entries(SEARCH, array([literal(noun) for noun in nouns]), literal(is_ranked, Boolean))
    columns = column("noun", String), column("object_id", Uuid), column("rank", Double)
    return entries.table_valued(*columns, name="entries")


def _sqlite_entries(nouns: Sequence[str], *, is_ranked: bool) -> FromClause:
    rank = _sqlite_rank() if is_ranked else literal(None, Double)
    statement = select(ENTRY.c.noun, ENTRY.c.object_id, rank.label("rank"))
    return statement.where(*sqlite_matches(), ENTRY.c.noun.in_(nouns)).subquery("entries")


def _sqlite_rank() -> ColumnElement[float]:
    """Return a number from 0 to 1 that grows with the matching words of the title and, less, of the content.

    FTS5's bm25() compares with the texts of all tenants, and would tell a tenant about those of others.
    """
    shares = []
    for index, text, weight in ((0, TEXT.c.title, TITLE_WEIGHT), (1, TEXT.c.content, CONTENT_WEIGHT)):
        matches = func.length(func.highlight(TEXT_NAME, index, MARK, "")) - func.length(text)
        shares.append(weight * matches / (matches + 1.0))
    return ((shares[0] + shares[1]) / (TITLE_WEIGHT + CONTENT_WEIGHT)).cast(Double)


def sqlite_matches() -> list[ColumnElement[bool]]:
    """Return the conditions for rows of both of SQLite's tables that match :search."""
    is_match = TEXT_NAME.op("MATCH", is_comparison=True)(SEARCH)
    return [is_match, ENTRY.c.row_number == TEXT.c.rowid, ENTRY.c.tenant_id == TENANT]
