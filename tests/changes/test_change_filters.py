"""The filter of changes: the database, the predicate for rows and a reference implementation agree."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.authentication import Credentials
from database.log_order import TRANSACTION_ORDER
from database.reader import Reader
from inputs.changes import parse_change_filter
from models import AuditEntry
from models.audit_entry import ActorKind, AuditAction
from models.base import utc_now
from models.membership import Role
from queries.changes import ChangeQuery, select_changes
from queries.filters import And, Compare, Not, Or
from services.core.change_feed import ChangeRequest, read_changes
from services.core.change_filter import EVERY_CHANGE, ChangeFilter
from services.core.errors import BadInput
from tests.changes.filter_oracle import NO_NAMES, Members, matches, member_strategies, where_inputs
from tests.changes.follower import Follower
from tests.support.app_fixture import TenantFixture
from tests.support.change_feed import CHANGES
from tests.support.hypothesis_settings import deterministic_settings
from tests.support.sample_data import SampleData

ALL_CHANGES = 1000
FEED_TIMEOUT_SECONDS = 60
MARK = "random"
"""The request of the random entries."""
NAMES = ("title", "dueDate", "status", "workers", "titleOfHonor", "x")


@dataclass(frozen=True)
class Feed:
    """The changes of a tenant with random ones among them: as rows, and as clients receive them."""

    tenant: TenantFixture
    rows: Sequence[Any]
    changes: Sequence[Mapping[str, Any]]
    members: Members

    async def read(self, where: ChangeFilter) -> list[int]:
        """Return the positions of the changes that the database selects."""
        return [row.position for row in await read_rows(self.tenant, where)]


async def read_rows(tenant: TenantFixture, where: ChangeFilter) -> Sequence[Any]:
    """Read the changes that match, as an owner."""
    reader = Reader(tenant.app_fixture.database, Credentials(tenant.users[Role.OWNER].id, tenant.slug))
    try:
        page = await read_changes(reader, ChangeRequest(ALL_CHANGES, None, where, timedelta(days=30)))
        return page.rows
    finally:
        await reader.release()


async def insert_random_entries(sample_data: SampleData) -> int:
    """Insert entries with random actions and changed fields, in all combinations with the types; return how many."""
    rng = random.Random(3)  # noqa: S311 -- deterministic on purpose
    actions = [action for action in AuditAction if action not in {AuditAction.BASELINE, AuditAction.PRUNED}]
    objects = [row for table in ("task", "worker", "project", "order") for row in sample_data.rows[table]]
    entries = [
        {
            "noun": type(row).__name__,
            "object_id": row.id,
            "version": 1,
            "action": rng.choice(actions),
            "actor_kind": ActorKind.OPERATOR,
            "request_id": MARK,
            "before": {},
            "after": {},
            "changed_fields": f" {' '.join(rng.sample(NAMES, rng.randrange(4)))} ",
            "created_at": utc_now(),
        }
        for row in rng.choices(objects, k=60)
    ]
    tenant = sample_data.tenant
    await tenant.run_use_case(lambda work: work.insert_for_tenant(AuditEntry, tenant.id, entries, {}))
    return len(entries)


@pytest.fixture
async def feed(sample_data: SampleData) -> Feed:
    """The feed of the sample data and of random entries."""
    tenant = sample_data.tenant
    count = await insert_random_entries(sample_data)
    async with asyncio.timeout(FEED_TIMEOUT_SECONDS):
        while True:
            rows = await read_rows(tenant, EVERY_CHANGE)
            if sum(row.request_id == MARK for row in rows) == count:
                break
            await asyncio.sleep(0.05)
    changes = await Follower(tenant.client(Role.OWNER)).follow_all()
    return Feed(tenant, rows, changes, member_strategies(changes))


@deterministic_settings(20)
@given(data=st.data())
async def test_database_predicate_and_reference_agree(feed: Feed, data: st.DataObject) -> None:
    await assert_agreement(feed, data.draw(where_inputs(feed.members, 4)))


@pytest.mark.slow
@deterministic_settings(120)
@given(data=st.data())
async def test_database_predicate_and_reference_agree_on_many_filters(feed: Feed, data: st.DataObject) -> None:
    await assert_agreement(feed, data.draw(where_inputs(feed.members, 6)))


async def assert_agreement(feed: Feed, where: Mapping[str, Any]) -> None:
    """Assert that the database and the predicate find the changes that match according to the reference."""
    changes = zip(feed.rows, feed.changes, strict=True)
    expected = [row.position for row, change in changes if matches(where, change)]
    parsed = parse_change_filter(where)
    assert [row.position for row in feed.rows if parsed.matches(row)] == expected
    assert await feed.read(parsed) == expected


async def test_texts_that_are_no_names_match_nothing(feed: Feed) -> None:
    for name in NO_NAMES:
        for condition in ({"includes": name}, {"includesAny": [name]}):
            await assert_agreement(feed, {"changedFields": condition})
            await assert_agreement(feed, {"not": {"changedFields": condition}})


async def test_filter_of_the_query(feed: Feed) -> None:
    wheres: list[dict[str, Any]] = [
        {"type": {"eq": "TASK"}, "changedFields": {"includes": "title"}},
        {"type": {"ne": "TASK"}, "action": {"in": ["LINKED", "UNLINKED"]}},
        {"or": [{"changedFields": {"includesAny": ["dueDate", "status"]}}, {"type": {"eq": "ORDER"}}]},
        {"not": {"objectId": {"in": [change["objectId"] for change in feed.changes[:20]]}}},
        {"objectId": {"eq": feed.changes[-1]["objectId"]}},
        {},
    ]
    for where in wheres:
        follower = Follower(feed.tenant.client(Role.OWNER), size=30, where=where)
        found = await follower.follow_all()
        expected = [change["objectId"] for change in feed.changes if matches(where, change)]
        assert [change["objectId"] for change in found] == expected, where
        assert expected, where


async def test_types_and_filter_must_both_match(feed: Feed) -> None:
    where = {"action": {"eq": "CREATED"}}
    follower = Follower(feed.tenant.client(Role.OWNER), types=["TASK", "ORDER"], where=where)
    found = await follower.follow_all()
    both = {"type": {"in": ["TASK", "ORDER"]}, **where}
    assert [change["cursor"] for change in found] == [
        change["cursor"] for change in feed.changes if matches(both, change)
    ]
    assert (
        await Follower(feed.tenant.client(Role.OWNER), types=["TEAM"], where={"type": {"eq": "TASK"}}).follow_all()
        == []
    )


async def test_filter_does_not_widen_what_members_see(feed: Feed) -> None:
    member = feed.tenant.client(Role.MEMBER)
    visible = await Follower(member).follow_all()
    found = await Follower(
        member, where={"or": [{"not": {"type": {"eq": "TASK"}}}, {"type": {"eq": "TASK"}}]}
    ).follow_all()
    assert found == visible
    assert await Follower(member, where={"type": {"eq": "ACCOUNT"}}).follow_all() == []


INVALID: list[dict[str, Any]] = [
    {"type": None},
    {"type": {}},
    {"type": {"eq": None}},
    {"type": {"eq": "NONSENSE"}},
    {"action": {"eq": "BASELINE"}},
    {"action": {"gt": "CREATED"}},
    {"changedFields": {}},
    {"changedFields": {"includes": None}},
    {"changedFields": {"includesAny": ["title", None]}},
    {"changedFields": {"includes": "x" * 1001}},
    {"changedFields": {"includesAny": ["x"] * 201}},
    {"objectId": {"in": ["task_x"] * 201}},
    {"and": [None]},
    {"not": None},
    {"not": {"not": {"not": {"not": {"not": {"not": {}}}}}}},
    {"or": [{}] * 100},
    {"version": {"eq": 1}},
]


async def test_invalid_filters(follower: Follower) -> None:
    for where in INVALID:
        assert (await follower.request(where=where)).error_codes == ["BAD_USER_INPUT"], where


async def test_variable_without_value_in_the_filter(follower: Follower) -> None:
    query = "query ($type: ChangedType) { changes(where: {type: {eq: $type}}) { nodes { cursor } } }"
    assert (await follower.client(query)).error_codes == ["BAD_USER_INPUT"]


async def test_nul_in_the_filter(follower: Follower) -> None:
    response = await follower.client(CHANGES, where={"changedFields": {"includes": "a\0b"}})
    assert response.error_codes == ["BAD_USER_INPUT"]


def test_filters_of_one_shape_share_a_statement() -> None:
    one = parse_change_filter({"type": {"eq": "TASK"}, "objectId": {"eq": f"task_{'1' * 32}"}})
    many = parse_change_filter({"type": {"in": ["TASK", "TEAM"]}, "objectId": {"in": [f"task_{'2' * 32}"] * 9}})
    (shape, values), (other_shape, other_values) = one.split(), many.split()
    assert shape == other_shape
    assert values != other_values
    assert values.keys() == other_values.keys()
    queries = [
        ChangeQuery(10, where, has_cursor=True, max_scanned=10, order=TRANSACTION_ORDER)
        for where in (shape, other_shape)
    ]
    assert select_changes(queries[0]) is select_changes(queries[1])


def test_filters_are_compared_by_value() -> None:
    where = {"or": [{"type": {"eq": "TASK"}}, {"action": {"ne": "CREATED"}}]}
    assert {parse_change_filter(where), parse_change_filter(where)} == {parse_change_filter(where)}
    assert ChangeFilter.of_nouns(["Team", "Task", "Team"]) == ChangeFilter.of_nouns(["Task", "Team"])
    assert EVERY_CHANGE & EVERY_CHANGE == EVERY_CHANGE


def test_unsupported_conditions_are_refused() -> None:
    for condition in (Compare("noun", "gt", "Task"), And((Not(Or((Compare("noun", "isNull", True),))),))):
        with pytest.raises(NotImplementedError):
            ChangeFilter(condition).matches(None)
        with pytest.raises(NotImplementedError):
            ChangeFilter(condition).split()


def test_enum_values_may_be_texts() -> None:
    assert parse_change_filter({"type": {"eq": "TASK"}}) == ChangeFilter(And((And((Compare("noun", "eq", "Task"),)),)))
    with pytest.raises(BadInput):
        parse_change_filter({"type": {}})
