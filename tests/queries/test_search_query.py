"""Tests of the syntax of search queries, and of what the database engines do with it."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import text

from database.engine import Database
from queries.search_query import InvalidSearchQuery, SearchQuery, Term, parse_search_query
from tests.support.hypothesis_settings import deterministic_settings


def parse(query: str) -> tuple[tuple[Term, ...], ...]:
    return parse_search_query(query).alternatives


def test_last_word_is_a_prefix() -> None:
    assert parse("red beans") == ((Term("red"), Term("beans", is_prefix=True)),)
    assert parse("red or beans") == ((Term("red"),), (Term("beans", is_prefix=True),))


@pytest.mark.parametrize("query", ['beans "red"', "beans -red", "beans re", "beans or"])
def test_phrases_excluded_and_short_words_are_no_prefix(query: str) -> None:
    assert not any(term.is_prefix for alternative in parse(query) for term in alternative)


def test_query_is_rendered_for_both_engines() -> None:
    query = parse_search_query("red \"lima beans\" -'old' or pea")
    assert query.render("postgresql") == "('red' & 'lima beans' & !'''old''') | ('pea':*)"
    assert query.render("sqlite") == '(("red" AND "lima beans") NOT ("\'old\'")) OR ("pea" *)'


def test_terms_to_highlight_are_not_excluded_and_occur_once() -> None:
    assert parse_search_query("red -old or red pea -old").any_term() == SearchQuery(((Term("red"),), (Term("pea"),)))


@pytest.mark.parametrize("query", ["", " ", "or", "- -", '""', "!?", "\0"])
def test_query_without_a_word_is_invalid(query: str) -> None:
    with pytest.raises(InvalidSearchQuery, match="no word"):
        parse(query)


def test_long_query_is_invalid() -> None:
    assert parse("a" * 200)
    with pytest.raises(InvalidSearchQuery, match="at most 200"):
        parse("a" * 201)


SYNTAX = "or - \" ' \\ * : :* & | ! ( ) <-> <2> NEAR AND NOT title: ^ { } + ,"
WORDS = "the a http://x.y/z?q=#t a@b.c -5 1e5 x-y /a/b <b> &amp; \0 \x02 ﬁ ß 𞤀 日本 é e\u0301 \u200b ²"
PIECES = st.sampled_from([*SYNTAX.split(" "), *WORDS.split(" "), "\ud800"])
QUERIES = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=12).map(" ".join),
)
MATCHES = {
    "postgresql": "SELECT to_tsvector('english', 'red beans') @@ to_tsquery(CAST(:config AS regconfig), :query)",
    "sqlite": "SELECT count(*) FROM search_text WHERE search_text MATCH :query AND :config <> ''",
}


async def test_no_query_is_a_syntax_error(database: Database) -> None:
    """Any text that a client sends is invalid, or a query that the database engine understands."""
    loop = asyncio.get_running_loop()
    async with database.read_engine.connect() as connection:

        async def check_in_database(query: SearchQuery) -> None:
            for config in ("english", "simple", "german"):
                for rendered in (query.render(database.dialect), query.any_term().render(database.dialect)):
                    parameters = {"config": config, "query": rendered}
                    await connection.execute(text(MATCHES[database.dialect]), parameters)

        @deterministic_settings(300)
        @given(QUERIES)
        @example("a" * 200)
        @example("𞤀" * 200)
        @example("'" * 100 + "a\\" * 50)
        def check(query: str) -> None:
            try:
                parsed = parse_search_query(query)
            except InvalidSearchQuery:
                return
            asyncio.run_coroutine_threadsafe(check_in_database(parsed), loop).result()

        await asyncio.to_thread(check)
