"""Pages by keyset against a sorted list in Python: ties, nulls, mixed directions, both ways, and windows."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from queries.lists import Ask
from queries.order import Sort, complete, cursor_of, place_of
from tests.queries.garden import GARDEN, ids, reading
from tests.queries.pages import TASKS, page, turned
from tests.queries.sorting import in_order, orders, thorough
from tests.support.world import World

SIZES = st.integers(1, 7)
INDEX = st.integers(0, len(GARDEN.tasks) - 1)
MARKS = st.one_of(
    st.tuples(INDEX, INDEX).map(lambda pair: (min(pair), max(pair))),
    st.tuples(st.none() | INDEX, st.none() | INDEX),
)


@thorough(14)
@given(sorts=orders(), size=SIZES)
async def test_pages_forwards_are_the_sorted_list_cut_up(planted: World, sorts: list[Sort], size: int) -> None:
    expected = ids(in_order(GARDEN.tasks, sorts))
    ask = Ask(order=complete(sorts), size=size)
    async with reading(planted.here) as reader:
        for start in range(0, len(expected), size):
            found = await page(reader, ask)
            assert ids(found.rows) == expected[start : start + size]
            assert (found.has_previous, found.has_next) == (start > 0, start + size < len(expected))
            ask = turned(ask, found.end)
        assert (await page(reader, ask)).rows == []


@thorough(14)
@given(sorts=orders(), size=SIZES)
async def test_pages_backwards_are_the_sorted_list_cut_up_from_its_end(
    planted: World, sorts: list[Sort], size: int
) -> None:
    expected = ids(in_order(GARDEN.tasks, sorts))
    ask = Ask(order=complete(sorts), size=size, backwards=True)
    async with reading(planted.here) as reader:
        for end in range(len(expected), 0, -size):
            found = await page(reader, ask)
            assert ids(found.rows) == expected[max(0, end - size) : end]
            assert (found.has_previous, found.has_next) == (end > size, end < len(expected))
            ask = turned(ask, found.start)
        assert (await page(reader, ask)).rows == []


@thorough(40)
@given(sorts=orders(), whole=st.builds(Ask, size=SIZES, backwards=st.booleans()), marks=MARKS)
async def test_a_window_between_two_cursors_holds_what_lies_between_them(
    planted: World, sorts: list[Sort], whole: Ask, marks: tuple[int | None, int | None]
) -> None:
    expected = in_order(GARDEN.tasks, sorts)
    after, before = marks
    ask = replace(whole, order=complete(sorts))
    if after is not None:
        ask = replace(ask, after=place_of(ask.order, TASKS, cursor_of(ask.order, expected[after])))
    if before is not None:
        ask = replace(ask, before=place_of(ask.order, TASKS, cursor_of(ask.order, expected[before])))
    window = expected[0 if after is None else after + 1 : before]
    shown = window[-ask.size :] if ask.backwards else window[: ask.size]
    async with reading(planted.here) as reader:
        found = await page(reader, ask)
    assert ids(found.rows) == ids(shown)
    if shown:
        assert found.has_previous == (expected[0] not in shown)
        assert found.has_next == (expected[-1] not in shown)
