"""Cursors as clients may send them: ours come back as the place they mark, anything else is the caller's fault."""

import base64
import datetime
import itertools
import uuid
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Task, User
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from queries.lists import Ask, listed
from queries.order import BadCursor, Direction, Nulls, Order, Sort, complete, cursor_of, place_of
from queries.reader import Reader
from tests.queries.garden import GARDEN
from tests.queries.sorting import orders, thorough
from tests.support.world import World, gid

TASKS = table_of(Task)
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
WIDE = complete([Sort("title"), Sort("due_date", Direction.DESC), Sort("created_at"), Sort("status"), Sort("version")])


def encoded(value: Any) -> str:
    """A cursor with anything in it."""
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def sign(order: Order) -> str:
    """What a cursor of this order begins with, as a client can read it off one."""
    cursor = cursor_of(order, GARDEN.tasks[0])
    text: str = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    return text


def refused(cursor: str, order: Order = WIDE, table: Any = TASKS) -> bool:
    """Whether it is no cursor; any other exception is a bug."""
    try:
        place_of(order, table, cursor)
    except BadCursor:
        return True
    return False


# Ours


@thorough(120)
@given(
    sorts=orders(),
    title=STORABLE,
    due_date=st.none() | st.dates(),
    created_at=st.datetimes(timezones=st.just(datetime.UTC)),
    assignee_id=st.none() | st.uuids(),
    choices=st.tuples(st.sampled_from(TaskStatus), st.sampled_from(TaskPriority)),
)
def test_a_cursor_comes_back_as_the_values_it_was_made_of(
    sorts: list[Sort], choices: tuple[TaskStatus, TaskPriority], **values: Any
) -> None:
    status, priority = choices
    row = Task(id=uuid.uuid4(), status=status, priority=priority, **values)
    order = complete(sorts)
    ranks = {"status": list(TaskStatus).index(status), "priority": list(TaskPriority).index(priority)}
    expected = tuple(ranks.get(sort.column, getattr(row, sort.column)) for sort in order)
    assert place_of(order, TASKS, cursor_of(order, row)) == expected


def test_every_column_that_a_list_can_be_sorted_by_comes_back_from_a_cursor() -> None:
    now = datetime.datetime.now(datetime.UTC)
    user = User(email="a@b.test", full_name="A", is_active=True, last_login=now)
    for row in (user, GARDEN.workers[0], GARDEN.tasks[0]):
        table = table_of(type(row))
        for column in set(table.c.keys()) - {"tenant_id", "status", "priority"}:
            order = complete([Sort(column)])
            assert place_of(order, table, cursor_of(order, row))[0] == getattr(row, column), column


def test_a_cursor_is_good_only_for_the_order_it_was_made_with() -> None:
    asked = [complete([Sort("title", *how)]) for how in itertools.product(Direction, Nulls)]
    asked += [complete([]), complete([Sort("id")]), complete([Sort("title"), Sort("status")]), WIDE]
    for mine, other in itertools.permutations(asked, 2):
        assert refused(cursor_of(mine, GARDEN.tasks[0]), other), (mine, other)


# Anybody's


@thorough(200)
@given(text=st.text() | st.text("ABCDwxyz0189-_+/=") | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_garbage_is_refused(text: str) -> None:
    assert refused(text)


def test_every_beginning_of_a_cursor_is_refused() -> None:
    cursor = cursor_of(WIDE, GARDEN.tasks[0])
    for end in range(len(cursor)):
        assert refused(cursor[:end])


def test_what_is_appended_or_put_before_is_refused() -> None:
    cursor = cursor_of(WIDE, GARDEN.tasks[0])
    for more in ("A", "AA", "AAAA", "=", "====", " ", "\n", "\0", "é", "!"):
        assert refused(more + cursor), more
        assert refused(cursor + more) or more == "=", more


NO_CURSORS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], [{}], {"a": 1}, [1, 2], "id:DL"),
    *([sign(WIDE)], {sign(WIDE): 1}, [sign(WIDE), {}], [[sign(WIDE)]], [sign(WIDE)] * 7),
)


@pytest.mark.parametrize("value", NO_CURSORS, ids=repr)
def test_json_of_another_shape_is_refused(value: Any) -> None:
    assert refused(encoded(value))


def test_json_that_is_deep_or_long_or_broken_is_refused() -> None:
    for text in (
        "[" * 5000,
        "[" * 3000 + "]" * 3000,
        '["' + "a" * 9000,
        "9" * 9000,
        "[" + "1," * 4000 + "1]",
        "[1e9999]",
    ):
        assert refused(base64.urlsafe_b64encode(text.encode()).decode()), text[:20]
    for cursor in ("A" * 10_000, "\U0010ffff" * 10_000, "=" * 10_000, "!" * 10_000):
        assert refused(cursor)


HUGE = (2**31, -(2**31) - 1, 2**63, 2**64 - 1)
WRONG: dict[str, tuple[Any, ...]] = {
    "id": (None, 1, True, 1.5, [], {}, "", "x", "0" * 31, "0" * 33, "g" * 32, "\0" * 32, "\uff10" * 31),
    "title": (None, 1, True, 1.5, [], {}, "\0", "a\0b"),
    "status": (None, "", "TODO", True, 1.0, [], {}, *HUGE),
    "version": (None, "", "1", True, False, 1.0, [], {}, *HUGE),
    "assignee_id": (1, 0, False, 1.5, [], {}, "", "None", "0" * 31),
    "due_date": (1, True, 1.5, [], {}, "", "x", "2026-02-30", "0000-01-01", "10000-01-01", "2026-01-01T00:00", "\0"),
    "created_at": (
        *(None, 1, True, 1.5, [], {}, "", "x", "2026-01-31", "2026-01-31T12:00:00", "\0"),  # the last but one is naive
        *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-01-31T12:00:00+24:00", "2026-01-31T25:00Z"),
    ),
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in WRONG for value in WRONG[column]])
def test_a_value_of_the_wrong_kind_is_refused(column: str, value: Any) -> None:
    order = complete([Sort(column)])
    rest = [] if column == "id" else [uuid.uuid4().hex]
    assert refused(encoded([sign(order), value, *rest]), order)
    assert not refused(cursor_of(order, GARDEN.tasks[0]), order)


def test_a_switch_takes_no_number_and_no_text() -> None:
    order, users = complete([Sort("is_active")]), table_of(User)
    mark = "is_active:AL,id:AL"
    assert not refused(encoded([mark, True, uuid.uuid4().hex]), order, users)
    wrong: list[Any] = [None, 0, 1, "", "true", [], 1.0]
    for value in wrong:
        assert refused(encoded([mark, value, uuid.uuid4().hex]), order, users)


# On the engines

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STORABLE, inner, max_size=3),
    max_leaves=5,
)
NEARLY = {
    "id": st.uuids().map(lambda value: value.hex),
    "title": STORABLE,
    "description": STORABLE,
    "status": st.integers(-3, 5) | st.integers(-(2**31), 2**31),
    "priority": st.integers(-3, 5) | st.integers(-(2**31), 2**31),
    "due_date": st.none() | st.dates().map(str),
    "created_at": st.datetimes(timezones=st.timezones()).map(datetime.datetime.isoformat),
    "assignee_id": st.none() | st.uuids().map(str),
    "version": st.integers(-(2**31), 2**31),
}  # fmt: skip


@thorough(50)
@given(asked=st.builds(Ask, order=orders().map(complete), size=st.just(50), backwards=st.booleans()), data=st.data())
async def test_whatever_passes_for_a_cursor_the_engines_can_compare_with(
    planted: World, reader: Reader, asked: Ask, data: st.DataObject
) -> None:
    order = asked.order
    values = [data.draw(NEARLY[sort.column] if data.draw(st.integers(0, 9)) else ANYTHING) for sort in order]
    try:
        place = place_of(order, TASKS, encoded([sign(order), *values]))
    except BadCursor:
        return
    behind = await reader.rows(listed(Task, replace(asked, after=place)))
    before = await reader.rows(listed(Task, replace(asked, before=place)))
    shown = {row.id for row in (*behind, *before)}
    there = {row.id for row in await reader.rows(listed(Task, asked))}
    assert len(behind) + len(before) == len(shown)
    assert shown == there or len(there - shown) == 1  # a row that stands exactly there is on neither side


async def test_a_flipped_bit_makes_another_place_or_no_cursor_but_never_a_failure(
    planted: World, reader: Reader
) -> None:
    cursor = cursor_of(WIDE, next(task for task in GARDEN.tasks if task.due_date)).encode()
    marked = 0
    for position, bit in itertools.product(range(len(cursor)), range(7)):
        flipped = bytearray(cursor)
        flipped[position] ^= 1 << bit
        try:
            place = place_of(WIDE, TASKS, flipped.decode())
        except BadCursor:
            continue
        marked += 1
        if marked % 4 == 0:
            await reader.rows(listed(Task, Ask(order=WIDE, after=place)))
    assert marked


LISTS = """
query ($after: String, $before: String) {
  tasks(after: $after, before: $before, orderBy: [{field: CREATED_AT}]) { nodes { id } }
}
"""
NESTED = """
query ($after: String, $before: String) {
  projects { nodes { tasks(after: $after, before: $before, orderBy: [{field: CREATED_AT}]) { nodes { id } } } }
}
"""
BY_CREATION = complete([Sort("created_at")])
HOSTILE = (
    *(
        "",
        " ",
        "garbage",
        "AAAA",
        "====",
        "é",
        "\U0001f600",
        "../../etc",
        "'; DROP TABLE task; --",
        "A" * 10_000,
        "null",
    ),
    cursor_of(BY_CREATION, GARDEN.tasks[0])[:-3],
    cursor_of(complete([]), GARDEN.tasks[0]),
    cursor_of(complete([Sort("created_at", Direction.DESC)]), GARDEN.tasks[0]),
    *(encoded(["created_at:AL,id:AL", value, "0" * 32]) for value in WRONG["created_at"]),
    *(encoded(["created_at:AL,id:AL", "2026-01-31T12:00:00+00:00", value]) for value in WRONG["id"]),
    gid(GARDEN.tasks[0]),
)


async def test_a_hostile_cursor_is_bad_user_input_wherever_it_is_sent(planted: World) -> None:
    client = planted.here.client()
    for cursor in HOSTILE:
        for query, arguments in ((LISTS, {"after": cursor}), (LISTS, {"before": cursor}), (NESTED, {"after": cursor})):
            codes = set((await client(query, **arguments)).codes)
            assert codes == {"BAD_USER_INPUT"}, (cursor, arguments)


async def test_a_cursor_with_a_nul_character_around_it_is_bad_user_input(world: World) -> None:
    answer = await world.here.client()(LISTS, after="\0" + cursor_of(BY_CREATION, GARDEN.tasks[0]))
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_tenant_shows_nothing_but_ones_own_rows(planted: World) -> None:
    there = (await planted.there.client()("{ tasks(first: 1) { pageInfo { endCursor } } }")).data["tasks"]
    answer = await planted.here.client()(
        "query ($after: String) { tasks(first: 100, after: $after) { nodes { title } } }",
        after=there["pageInfo"]["endCursor"],
    )
    last = max(GARDEN.tasks, key=lambda task: task.id)
    behind = sorted(task.title for task in GARDEN.tasks if task is not last)
    assert sorted(node["title"] for node in answer.data["tasks"]["nodes"]) == behind
