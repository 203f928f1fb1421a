"""Tests of cursors: valid ones round-trip, anything else that a client sends is rejected."""

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

from database.reader import Reader
from models import Task, User
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from queries.cursor import InvalidCursor, decode_cursor, encode_cursor
from queries.lists import PageQuery, select_page
from queries.order import Direction, Nulls, Order, Sort, with_tiebreaker
from tests.queries.sort_oracle import sort_lists
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET
from tests.support.hypothesis_settings import deterministic_settings

TASKS = table_of(Task)
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
MULTI_COLUMN_ORDER = with_tiebreaker(
    [Sort("title"), Sort("due_date", Direction.DESC), Sort("created_at"), Sort("status"), Sort("version")]
)


def encode_json(value: Any) -> str:
    """Encode an arbitrary value like a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def order_signature(order: Order) -> str:
    """Return the order signature in a cursor of this order, which a client could extract."""
    cursor = encode_cursor(order, DATASET.tasks[0])
    text: str = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    return text


def is_rejected(cursor: str, order: Order = MULTI_COLUMN_ORDER, table: Any = TASKS) -> bool:
    """Return whether decoding raises InvalidCursor. Other exceptions propagate."""
    try:
        decode_cursor(order, table, cursor)
    except InvalidCursor:
        return True
    return False


# Valid cursors


@deterministic_settings(120)
@given(
    sorts=sort_lists(),
    title=STORABLE,
    due_date=st.none() | st.dates(),
    created_at=st.datetimes(timezones=st.just(datetime.UTC)),
    assignee_id=st.none() | st.uuids(),
    choices=st.tuples(st.sampled_from(TaskStatus), st.sampled_from(TaskPriority)),
)
def test_cursor_round_trips_sort_values(
    sorts: list[Sort], choices: tuple[TaskStatus, TaskPriority], **values: Any
) -> None:
    status, priority = choices
    row = Task(id=uuid.uuid4(), status=status, priority=priority, **values)
    order = with_tiebreaker(sorts)
    ranks = {"status": list(TaskStatus).index(status), "priority": list(TaskPriority).index(priority)}
    expected = tuple(ranks.get(sort.column, getattr(row, sort.column)) for sort in order)
    assert decode_cursor(order, TASKS, encode_cursor(order, row)) == expected


def test_cursor_round_trips_every_sortable_column() -> None:
    now = datetime.datetime.now(datetime.UTC)
    user = User(email="a@b.test", full_name="A", is_active=True, last_login=now)
    for row in (user, DATASET.workers[0], DATASET.tasks[0]):
        table = table_of(type(row))
        for column in set(table.c.keys()) - {"tenant_id", "status", "priority"}:
            order = with_tiebreaker([Sort(column)])
            assert decode_cursor(order, table, encode_cursor(order, row))[0] == getattr(row, column), column


def test_cursor_of_another_order_is_rejected() -> None:
    all_orders = [with_tiebreaker([Sort("title", *options)]) for options in itertools.product(Direction, Nulls)]
    all_orders += [
        with_tiebreaker([]),
        with_tiebreaker([Sort("id")]),
        with_tiebreaker([Sort("title"), Sort("status")]),
        MULTI_COLUMN_ORDER,
    ]
    for order, other_order in itertools.permutations(all_orders, 2):
        assert is_rejected(encode_cursor(order, DATASET.tasks[0]), other_order), (order, other_order)


# Invalid cursors


@deterministic_settings(200)
@given(text=st.text() | st.text("ABCDwxyz0189-_+/=") | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_arbitrary_text_is_rejected(text: str) -> None:
    assert is_rejected(text)


def test_truncated_cursor_is_rejected() -> None:
    cursor = encode_cursor(MULTI_COLUMN_ORDER, DATASET.tasks[0])
    for end in range(len(cursor)):
        assert is_rejected(cursor[:end])


def test_cursor_with_prefix_or_suffix_is_rejected() -> None:
    cursor = encode_cursor(MULTI_COLUMN_ORDER, DATASET.tasks[0])
    for affix in ("A", "AA", "AAAA", "=", "====", " ", "\n", "\0", "é", "!"):
        assert is_rejected(affix + cursor), affix
        assert is_rejected(cursor + affix) or affix == "=", affix


INVALID_PAYLOADS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], [{}], {"a": 1}, [1, 2], "id:DL"),
    *(
        [order_signature(MULTI_COLUMN_ORDER)],
        {order_signature(MULTI_COLUMN_ORDER): 1},
        [order_signature(MULTI_COLUMN_ORDER), {}],
        [[order_signature(MULTI_COLUMN_ORDER)]],
        [order_signature(MULTI_COLUMN_ORDER)] * 7,
    ),
)


@pytest.mark.parametrize("value", INVALID_PAYLOADS, ids=repr)
def test_json_of_another_shape_is_rejected(value: Any) -> None:
    assert is_rejected(encode_json(value))


def test_deep_long_or_malformed_json_is_rejected() -> None:
    for text in (
        "[" * 5000,
        "[" * 3000 + "]" * 3000,
        '["' + "a" * 9000,
        "9" * 9000,
        "[" + "1," * 4000 + "1]",
        "[1e9999]",
    ):
        assert is_rejected(base64.urlsafe_b64encode(text.encode()).decode()), text[:20]
    for cursor in ("A" * 10_000, "\U0010ffff" * 10_000, "=" * 10_000, "!" * 10_000):
        assert is_rejected(cursor)


OUT_OF_RANGE_INTEGERS = (2**31, -(2**31) - 1, 2**63, 2**64 - 1)
INVALID_VALUES: dict[str, tuple[Any, ...]] = {
    "id": (None, 1, True, 1.5, [], {}, "", "x", "0" * 31, "0" * 33, "g" * 32, "\0" * 32, "\uff10" * 31),
    "title": (None, 1, True, 1.5, [], {}, "\0", "a\0b"),
    "status": (None, "", "TODO", True, 1.0, [], {}, *OUT_OF_RANGE_INTEGERS),
    "version": (None, "", "1", True, False, 1.0, [], {}, *OUT_OF_RANGE_INTEGERS),
    "assignee_id": (1, 0, False, 1.5, [], {}, "", "None", "0" * 31),
    "due_date": (1, True, 1.5, [], {}, "", "x", "2026-02-30", "0000-01-01", "10000-01-01", "2026-01-01T00:00", "\0"),
    "created_at": (
        *(None, 1, True, 1.5, [], {}, "", "x", "2026-01-31", "2026-01-31T12:00:00", "\0"),
        *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-01-31T12:00:00+24:00", "2026-01-31T25:00Z"),
    ),
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column in INVALID_VALUES for value in INVALID_VALUES[column]]
)
def test_cursor_value_of_wrong_type_is_rejected(column: str, value: Any) -> None:
    order = with_tiebreaker([Sort(column)])
    rest = [] if column == "id" else [uuid.uuid4().hex]
    assert is_rejected(encode_json([order_signature(order), value, *rest]), order)
    assert not is_rejected(encode_cursor(order, DATASET.tasks[0]), order)


def test_boolean_column_rejects_numbers_and_text() -> None:
    order, users = with_tiebreaker([Sort("is_active")]), table_of(User)
    signature = "is_active:AL,id:AL"
    assert not is_rejected(encode_json([signature, True, uuid.uuid4().hex]), order, users)
    invalid_values: list[Any] = [None, 0, 1, "", "true", [], 1.0]
    for value in invalid_values:
        assert is_rejected(encode_json([signature, value, uuid.uuid4().hex]), order, users)


# Cursors in statements

ARBITRARY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STORABLE, inner, max_size=3),
    max_leaves=5,
)
PLAUSIBLE_VALUES = {
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


@deterministic_settings(50)
@given(
    query=st.builds(PageQuery, order=sort_lists().map(with_tiebreaker), size=st.just(50), backwards=st.booleans()),
    data=st.data(),
)
async def test_database_accepts_every_decodable_cursor(
    app_with_dataset: AppFixture, reader: Reader, query: PageQuery, data: st.DataObject
) -> None:
    order = query.order
    values = [
        data.draw(PLAUSIBLE_VALUES[sort.column] if data.draw(st.integers(0, 9)) else ARBITRARY_JSON) for sort in order
    ]
    try:
        cursor_values = decode_cursor(order, TASKS, encode_json([order_signature(order), *values]))
    except InvalidCursor:
        return
    rows_after = await reader.rows(select_page(Task, replace(query, after=cursor_values)))
    rows_before = await reader.rows(select_page(Task, replace(query, before=cursor_values)))
    returned_ids = {row.id for row in (*rows_after, *rows_before)}
    all_ids = {row.id for row in await reader.rows(select_page(Task, query))}
    assert len(rows_after) + len(rows_before) == len(returned_ids)
    assert returned_ids == all_ids or len(all_ids - returned_ids) == 1  # a row exactly at the cursor is on neither side


async def test_cursor_with_flipped_bit_is_rejected_or_queryable(app_with_dataset: AppFixture, reader: Reader) -> None:
    cursor = encode_cursor(MULTI_COLUMN_ORDER, next(task for task in DATASET.tasks if task.due_date)).encode()
    decodable_count = 0
    for position, bit in itertools.product(range(len(cursor)), range(7)):
        flipped = bytearray(cursor)
        flipped[position] ^= 1 << bit
        try:
            cursor_values = decode_cursor(MULTI_COLUMN_ORDER, TASKS, flipped.decode())
        except InvalidCursor:
            continue
        decodable_count += 1
        if decodable_count % 4 == 0:
            await reader.rows(select_page(Task, PageQuery(order=MULTI_COLUMN_ORDER, after=cursor_values)))
    assert decodable_count
