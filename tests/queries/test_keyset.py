"""Tests of keyset pagination against a list sorted in Python: ties, nulls, mixed directions, forwards and backwards."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from queries.cursor import decode_cursor
from queries.lists import PageQuery
from queries.order import Sort, with_tiebreaker
from tests.queries.page_helpers import TASKS, encode_row_cursor, load_page, next_query
from tests.queries.sort_oracle import lists_with_related_sorts, sort_lists, sort_rows
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, ids_of, open_reader
from tests.support.hypothesis_settings import deterministic_settings

SIZES = st.integers(1, 7)
SORTS = sort_lists() | lists_with_related_sorts()
INDEXES = st.integers(0, len(DATASET.tasks) - 1)
CURSOR_INDEXES = st.one_of(
    st.tuples(INDEXES, INDEXES).map(lambda pair: (min(pair), max(pair))),
    st.tuples(st.none() | INDEXES, st.none() | INDEXES),
)


@deterministic_settings(14)
@given(sorts=SORTS, size=SIZES)
async def test_forward_pages_are_slices_of_sorted_list(
    app_with_dataset: AppFixture, sorts: list[Sort], size: int
) -> None:
    expected = ids_of(sort_rows(DATASET.tasks, sorts))
    query = PageQuery(order=with_tiebreaker(sorts), size=size)
    async with open_reader(app_with_dataset.tenant) as reader:
        for start in range(0, len(expected), size):
            page = await load_page(reader, query)
            assert ids_of(page.rows) == expected[start : start + size]
            assert (page.has_previous, page.has_next) == (start > 0, start + size < len(expected))
            query = next_query(query, page.end_cursor)
        assert (await load_page(reader, query)).rows == []


@deterministic_settings(14)
@given(sorts=SORTS, size=SIZES)
async def test_backward_pages_are_slices_of_sorted_list_from_end(
    app_with_dataset: AppFixture, sorts: list[Sort], size: int
) -> None:
    expected = ids_of(sort_rows(DATASET.tasks, sorts))
    query = PageQuery(order=with_tiebreaker(sorts), size=size, backwards=True)
    async with open_reader(app_with_dataset.tenant) as reader:
        for end in range(len(expected), 0, -size):
            page = await load_page(reader, query)
            assert ids_of(page.rows) == expected[max(0, end - size) : end]
            assert (page.has_previous, page.has_next) == (end > size, end < len(expected))
            query = next_query(query, page.start_cursor)
        assert (await load_page(reader, query)).rows == []


@deterministic_settings(40)
@given(sorts=SORTS, base_query=st.builds(PageQuery, size=SIZES, backwards=st.booleans()), cursors=CURSOR_INDEXES)
async def test_page_between_two_cursors_contains_rows_between_them(
    app_with_dataset: AppFixture, sorts: list[Sort], base_query: PageQuery, cursors: tuple[int | None, int | None]
) -> None:
    expected = sort_rows(DATASET.tasks, sorts)
    after, before = cursors
    query = replace(base_query, order=with_tiebreaker(sorts))
    if after is not None:
        query = replace(query, after=decode_cursor(query.order, TASKS, encode_row_cursor(query.order, expected[after])))
    if before is not None:
        query = replace(
            query, before=decode_cursor(query.order, TASKS, encode_row_cursor(query.order, expected[before]))
        )
    rows_between = expected[0 if after is None else after + 1 : before]
    expected_page = rows_between[-query.size :] if query.backwards else rows_between[: query.size]
    async with open_reader(app_with_dataset.tenant) as reader:
        page = await load_page(reader, query)
    assert ids_of(page.rows) == ids_of(expected_page)
    if expected_page:
        assert page.has_previous == (expected[0] not in expected_page)
        assert page.has_next == (expected[-1] not in expected_page)


@deterministic_settings(14)
@given(sorts=SORTS, size=SIZES, offset=st.integers(0, len(DATASET.tasks) + 2))
async def test_page_at_an_offset_is_a_slice_of_the_sorted_list(
    app_with_dataset: AppFixture, sorts: list[Sort], size: int, offset: int
) -> None:
    expected = ids_of(sort_rows(DATASET.tasks, sorts))
    async with open_reader(app_with_dataset.tenant) as reader:
        page = await load_page(reader, PageQuery(order=with_tiebreaker(sorts), size=size, offset=offset))
        assert ids_of(page.rows) == expected[offset : offset + size]
        assert (page.has_previous, page.has_next) == (offset > 0, offset + size < len(expected))
