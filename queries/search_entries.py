"""The entries of the full-text index that match a search query, on each database engine.

They are those of the current tenant, among them deleted documents and drafts: statements join them with the visible
rows. migrations/versions/20261128_0009_search.py describes the tables.
"""

from collections.abc import Sequence
from enum import Enum

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
    union_all,
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


class MatchPart(Enum):
    """A part of the entries that match :search."""

    UNRANKED = "all entries, without a rank"
    RANKED = "all entries"
    BEST = "on PostgreSQL: the entries with all words in the title, sorted by rank"
    OTHERS = "on PostgreSQL: all other entries, sorted by rank, which is less than that of the best ones"


def matching_entries(dialect: str, nouns: Sequence[str], part: MatchPart) -> FromClause:
    """Return the entries of these tables that match :search, with the columns noun, object_id and rank."""
    if dialect != "postgresql":
        rank = [] if part is MatchPart.UNRANKED else [_sqlite_rank().label("rank")]
        statement = select(ENTRY.c.noun, ENTRY.c.object_id, *rank)
        return statement.where(*sqlite_matches(), ENTRY.c.noun.in_(nouns)).subquery("entries")
    if part is MatchPart.UNRANKED:
        return _call_function("search_entries", nouns, False)
    if part is MatchPart.RANKED:
        calls = (_call_function("ranked_search_entries", nouns, in_title) for in_title in (True, False))
        return union_all(*(select(*call.c) for call in calls)).subquery("entries")
    # sorted here, so that a statement with a limit looks up no more rows than it needs
    entries = _call_function("ranked_search_entries", nouns, part is MatchPart.BEST)
    return select(*entries.c).order_by(entries.c.rank.desc(), entries.c.object_id.desc()).subquery("entries")


def _call_function(name: str, nouns: Sequence[str], flag: bool) -> FromClause:  # noqa: FBT001
    """Call a function of PostgreSQL. It reads the tenant from the setting that row-level security uses."""
    entries = getattr(func, name)(SEARCH, array([literal(noun) for noun in nouns]), literal(flag, Boolean))
    columns = column("noun", String), column("object_id", Uuid), column("rank", Double)
    return entries.table_valued(*columns, name="found")  # type: ignore[no-any-return]


def _sqlite_rank() -> ColumnElement[float]:
    """Return a number from 0 to 1 that grows with the matching words of the title and, less, of the content. It is
    more than 0.5 if the title has the words.

    FTS5's bm25() compares with the texts of all tenants, and would tell a tenant about those of others.
    """
    shares = []
    for index, text, weight in ((0, TEXT.c.title, TITLE_WEIGHT), (1, TEXT.c.content, CONTENT_WEIGHT)):
        matches = func.length(func.highlight(TEXT_NAME, index, MARK, "")) - func.length(text)
        shares.append(weight * matches / (matches + 1.0))
    titles = select(TEXT.c.rowid).where(_sqlite_match(literal("{title} : (") + SEARCH + literal(")"))).correlate(None)
    share = (shares[0] + shares[1]) / (TITLE_WEIGHT + CONTENT_WEIGHT)
    return ((TEXT.c.rowid.in_(titles).cast(Integer) + share) / 2).cast(Double)


def sqlite_matches() -> list[ColumnElement[bool]]:
    """Return the conditions for rows of both of SQLite's tables that match :search."""
    return [_sqlite_match(SEARCH), ENTRY.c.row_number == TEXT.c.rowid, ENTRY.c.tenant_id == TENANT]


def _sqlite_match(search: ColumnElement[str]) -> ColumnElement[bool]:
    return TEXT_NAME.op("MATCH", is_comparison=True)(search)
