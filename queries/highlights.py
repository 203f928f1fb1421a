"""Highlights of search: the title and fragments of the content as HTML, with the matching words in <mark>.

The database marks words with control characters, which it removes from the text before. Only when everything else is
escaped do they become tags, so no text can bring tags of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG

from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.scope import visible
from queries.search_entries import ENTRY, SEARCH, TEXT_NAME, sqlite_matches
from queries.statement_cache import cached_statement

START, STOP = "\x02", "\x03"
"""The characters around a matching word. The triggers of SQLite's FTS5 table remove them from the text."""
LESS_THAN, GREATER_THAN = "\x04", "\x05"
"""On PostgreSQL, for < and >: its parser would take the text between them for a tag and remove it."""
DELIMITER = " … "
"""Between two fragments of the content."""
SNIPPET_TOKENS = 40
"""On SQLite, which returns one fragment."""
_OPTIONS = f'StartSel="{START}", StopSel="{STOP}"'
TITLE_OPTIONS = f"{_OPTIONS}, HighlightAll=true"
CONTENT_OPTIONS = f'{_OPTIONS}, MaxFragments=3, MaxWords=20, MinWords=8, FragmentDelimiter="{DELIMITER}"'
_TAGS = str.maketrans({START: "<mark>", STOP: "</mark>"})
_TEXT = str.maketrans({LESS_THAN: "<", GREATER_THAN: ">"})


@dataclass(frozen=True)
class Highlight:
    """A field of a row with the words that a search query matches."""

    field: str
    html: str


@cached_statement
def select_highlights(model: Any, dialect: str) -> Select[Any]:
    """Select the marked titles and contents of the visible rows in :keys. :search consists of the words to mark."""
    table = table_of(model)
    if dialect == "postgresql":
        config = cast(func.concat("pg_catalog.", func.lower(cast(table.c.language, String))), REGCONFIG)
        terms = func.to_tsquery(config, SEARCH)
        texts = [
            func.ts_headline(config, _without_tags(table.c[name]), terms, options, type_=String).label(name)
            for name, options in (("title", TITLE_OPTIONS), ("content", CONTENT_OPTIONS))
        ]
        return select(table.c.id, *texts).where(visible(table), any_of(table.c.id, KEYS_PARAM))
    title = func.highlight(TEXT_NAME, 0, START, STOP, type_=String).label("title")
    content = func.snippet(TEXT_NAME, 1, START, STOP, DELIMITER, SNIPPET_TOKENS, type_=String).label("content")
    statement = select(table.c.id, title, content).where(*sqlite_matches(), ENTRY.c.noun == model.__tablename__)
    return statement.where(ENTRY.c.object_id == table.c.id, visible(table), any_of(table.c.id, KEYS_PARAM))


def to_highlights(row: Any) -> list[Highlight]:
    """Return the highlights of a row: of the fields that have marked words."""
    return [Highlight(field, to_html(text)) for field, text in _fields(row) if START in text]


def to_html(marked_text: str) -> str:
    """Escape a text, and turn its marks into tags."""
    return escape(marked_text.translate(_TEXT)).translate(_TAGS)


def _fields(row: Any) -> Iterator[tuple[str, str]]:
    yield "title", row.title
    yield "content", row.content


def _without_tags(text: ColumnElement[str]) -> ColumnElement[str]:
    """Replace < and >, and remove the characters that have a meaning here."""
    marks = LESS_THAN + GREATER_THAN
    return func.translate(text, literal("<>" + START + STOP + marks), literal(marks), type_=String)
