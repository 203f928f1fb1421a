"""Loaders of full-text search: a page of results, their number and their highlights.

As in dataloaders/lists.py, the key of pages and counts is a dummy."""

from dataclasses import dataclass
from uuid import UUID

from dataloaders.base import Loader, ValuesByKey
from models.relations import get_model
from queries.highlights import Highlight, select_highlights, to_highlights
from queries.lists import PageQuery
from queries.page import FetchedRows
from queries.search import select_match_count, select_matches, select_mixed_match_count, select_mixed_matches
from queries.search_query import SearchQuery


@dataclass(frozen=True)
class Search:
    """A search query in one table, or in several, whose rows are then ids only."""

    nouns: tuple[str, ...]
    query: SearchQuery
    is_mixed: bool = False


class SearchPageLoader(Loader[FetchedRows]):
    """Loads the rows of a page of those that match a search."""

    spec: tuple[Search, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[FetchedRows]:
        search, query = self.spec
        dialect = self.reader.dialect
        if search.is_mixed:
            statement = select_mixed_matches(search.nouns, query, dialect)
        else:
            statement = select_matches(get_model(search.nouns[0]), query, dialect, self.projection)
        rows = await self.fetch_rows(statement, search=search.query.render(dialect))
        return {key.bytes: rows for key in keys}


class SearchCountLoader(Loader[int]):
    """Loads the number of rows that match a search."""

    spec: tuple[Search, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[int]:
        search, query = self.spec
        dialect = self.reader.dialect
        if search.is_mixed:
            statement = select_mixed_match_count(search.nouns, dialect)
        else:
            statement = select_match_count(get_model(search.nouns[0]), query, dialect)
        ((total,),) = await self.fetch_rows(statement, search=search.query.render(dialect))
        return {key.bytes: total for key in keys}


class HighlightLoader(Loader[list[Highlight]]):
    """Loads the highlights of rows of a table by id."""

    spec: tuple[str, SearchQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[list[Highlight]]:
        noun, query = self.spec
        dialect = self.reader.dialect
        statement = select_highlights(get_model(noun), dialect)
        rows = await self.fetch_rows(statement, keys=keys, search=query.any_term().render(dialect))
        return {row.id.bytes: to_highlights(row) for row in rows}

    def default_value(self) -> list[Highlight]:
        return []
