"""Tests of aggregates in GraphQL queries against the oracle: groups, conditions, order, pages and nested lists."""

import datetime
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from models import Account, Task
from models.account import AccountKind
from models.ids import NIL_UUID
from models.membership import Role
from models.relations import HasMany, ManyToMany, get_relation, table_of
from services.core.unit_of_work import UnitOfWork
from tests.queries.aggregate_oracle import AggregateOracle
from tests.queries.filter_strategies import ORACLE, where_inputs
from tests.support.app_fixture import AppFixture, global_id
from tests.support.dataset import DATASET
from tests.support.hypothesis_settings import deterministic_settings

pytestmark = pytest.mark.slow

TASK_COLUMNS = {
    "key": ("title", "status", "priority", "due_date", "project_id", "created_at"),
    "countDistinct": ("title", "status", "due_date", "assignee_id"),
    "min": ("title", "due_date", "created_at"),
    "max": ("title", "due_date", "created_at"),
}
ACCOUNT_COLUMNS = {
    "key": ("currency", "kind", "balance", "closed_at", "created_at"),
    "countDistinct": ("currency", "balance", "closed_at"),
    "sum": ("balance",),
    "avg": ("balance",),
    "min": ("balance", "closed_at", "name"),
    "max": ("balance", "closed_at", "name"),
}
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe")
TIMES = [
    datetime.datetime.fromisoformat(f"{text}+00:00")
    for text in (
        *("2026-03-28T22:59:59", "2026-03-28T23:00:00", "2026-03-29T00:59:59.999999", "2026-03-29T22:00:00"),
        *("2026-10-24T21:59:59", "2026-10-24T22:00:00", "2026-10-25T22:59:59", "2026-10-25T23:00:00"),
        *("2026-11-01T04:00:00", "2026-11-01T05:30:00", "2026-12-31T23:30:00", "2011-12-30T09:59:59.5"),
    )
]
"""Around changes to and from daylight saving time, and around the day that Apia omitted."""
EXTREME_TIMES = [datetime.datetime(1, 1, 1, 0, 30), datetime.datetime(9999, 12, 31, 23, 30)]  # noqa: DTZ001 -- UTC is set
LARGEST = Decimal("99999999999999.9999")
BALANCES = [*map(Decimal, ("0.0000", "0.0001", "0.0003", "5.0000", "12.5000", "7.2500")), LARGEST, LARGEST]
CURRENCIES = ("EUR", "JPY")


def build_accounts() -> list[Account]:
    rng = random.Random(1)  # noqa: S311 -- deterministic on purpose
    closed_times = [None, *(time.replace(tzinfo=datetime.UTC) for time in EXTREME_TIMES), TIMES[0]]
    return [
        Account(
            tenant_id=NIL_UUID,
            name=f"Account {number % 7}",
            currency=CURRENCIES[number % 2],
            kind=AccountKind.OUTSIDE if number < len(CURRENCIES) else AccountKind.HELD,
            balance=(-LARGEST, Decimal("-7.2500"))[number] if number < len(CURRENCIES) else rng.choice(BALANCES),
            closed_at=rng.choice(closed_times),
            created_at=rng.choice(TIMES),
        )
        for number in range(60)
    ]


ACCOUNTS = build_accounts()


@pytest.fixture
async def app_with_accounts(app_fixture: AppFixture) -> AppFixture:
    """The application fixture with ACCOUNTS in the tenant."""

    async def insert_rows(work: UnitOfWork) -> None:
        rows = [account.model_dump() | {"tenant_id": app_fixture.tenant.id} for account in ACCOUNTS]
        table = table_of(Account)
        await work.rows(insert(table).values(rows).returning(*table.primary_key))

    await app_fixture.tenant.run_use_case(insert_rows)
    return app_fixture


def selection(columns: Mapping[str, tuple[str, ...]]) -> str:
    parts = " ".join(f"{function} {{ {' '.join(map(camel_case, names))} }}" for function, names in columns.items())
    return f"{{ hasMore groups {{ count {parts} }} }}"


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def variables(noun: str) -> str:
    inputs = f"$groupBy: [{noun}GroupBy!], $having: {noun}Having, $orderBy: [{noun}AggregateOrder!]"
    return f"({inputs}, $where: {noun}Where, $first: Int, $offset: Int)"


ARGUMENTS = "(groupBy: $groupBy, having: $having, orderBy: $orderBy, where: $where, first: $first, offset: $offset)"
ROOT_TASKS = f"""query {variables("Task")} {{
  tasks(where: $where) {{ aggregate{ARGUMENTS.replace("where: $where, ", "")} {selection(TASK_COLUMNS)} }}
  again: tasks {{ aggregate{ARGUMENTS} {selection(TASK_COLUMNS)} }}
}}"""
NESTED_TASKS = f"""query {variables("Task")} {{
  projects(first: 100) {{ nodes {{ id tasks {{ aggregate{ARGUMENTS} {selection(TASK_COLUMNS)} }} }} }}
  workers(first: 100) {{ nodes {{ id tasks {{ aggregate{ARGUMENTS} {selection(TASK_COLUMNS)} }} }} }}
}}"""
ALL_ACCOUNTS = (
    f"""query {variables("Account")} {{ accounts {{ aggregate{ARGUMENTS} {selection(ACCOUNT_COLUMNS)} }} }}"""
)
DIRECTIONS = {"direction": st.sampled_from(["ASC", "DESC"]), "nulls": st.sampled_from(["FIRST", "LAST"])}
COUNT_CONDITIONS = st.fixed_dictionaries({}, optional={
    name: st.integers(0, 4) for name in ("eq", "ne", "gt", "gte", "lt", "lte")
}).filter(bool)  # fmt: skip
DECIMAL_CONDITIONS = st.fixed_dictionaries({}, optional={
    **{
        name: st.sampled_from([*map(str, BALANCES), "0.00005", "199999999999999.9998", "-1e30", "1e30", "1e99"])
        for name in ("ne", "gt", "gte", "lt", "lte")
    },
    "in": st.lists(st.sampled_from([*map(str, BALANCES)]), max_size=3),
    "isNull": st.booleans(),
}).filter(bool)  # fmt: skip
TEXT_CONDITIONS = st.fixed_dictionaries({}, optional={
    **{name: st.sampled_from(["a", "Z", "", "Account 3"]) for name in ("ne", "gt", "lte", "contains", "startsWith")},
    "isNull": st.booleans(),
}).filter(bool)  # fmt: skip


@st.composite
def aggregate_arguments(
    draw: st.DrawFn, columns: Mapping[str, tuple[str, ...]], having: Mapping[str, st.SearchStrategy[Any]]
) -> dict[str, Any]:
    """Draw the arguments of an aggregate, without a filter."""
    keys = draw(st.lists(st.sampled_from(columns["key"]), max_size=2, unique=True))
    condition = st.dictionaries(st.sampled_from(list(having)), st.none(), min_size=1, max_size=2)
    conditions = {name: draw(having[name]) for name in draw(condition)}
    wrap = draw(st.sampled_from(["none", "plain", "not", "or"]))
    sorts = st.sampled_from(
        [
            {"function": "COUNT"},
            *({"field": key.upper()} for key in keys),
            *(
                {"function": snake_upper(function), "field": column.upper()}
                for function, names in columns.items()
                if function != "key"
                for column in names
            ),
        ]
    )
    arguments: dict[str, Any] = {
        "groupBy": [draw(group_keys(key)) for key in keys],
        "orderBy": [
            sort | draw(st.fixed_dictionaries({}, optional=DIRECTIONS)) for sort in draw(st.lists(sorts, max_size=2))
        ],
        "first": draw(st.sampled_from([0, 1, 3, 20, 100])),
        "offset": draw(st.sampled_from([0, 0, 0, 1, 5])),
    }
    wrapped = {"plain": conditions, "not": {"not": conditions}, "or": {"or": [conditions, {"count": {"gt": 3}}]}}
    return arguments | ({"having": wrapped[wrap]} if wrap in wrapped else {})


def snake_upper(function: str) -> str:
    return {"countDistinct": "COUNT_DISTINCT"}.get(function, function.upper())


def group_keys(column: str) -> st.SearchStrategy[dict[str, Any]]:
    units = st.sampled_from(["DAY", "WEEK", "MONTH"])
    if column.endswith("_at"):
        return st.fixed_dictionaries(
            {"field": st.just(column.upper()), "unit": units}, optional={"timeZone": st.sampled_from(ZONES)}
        )
    optional = {"unit": units} if column.endswith("_date") else {}
    return st.fixed_dictionaries({"field": st.just(column.upper())}, optional=optional)


TASK_HAVING = {
    "count": COUNT_CONDITIONS,
    "countDistinct": st.fixed_dictionaries({"title": COUNT_CONDITIONS}),
    "min": st.fixed_dictionaries({"title": TEXT_CONDITIONS}),
    "max": st.fixed_dictionaries({"dueDate": st.fixed_dictionaries({"gt": st.just("2026-01-31")})}),
}
ACCOUNT_HAVING = {
    "count": COUNT_CONDITIONS,
    "sum": st.fixed_dictionaries({"balance": DECIMAL_CONDITIONS}),
    "avg": st.fixed_dictionaries({"balance": DECIMAL_CONDITIONS}),
    "min": st.fixed_dictionaries({"balance": DECIMAL_CONDITIONS}),
    "max": st.fixed_dictionaries({"name": TEXT_CONDITIONS}),
}


@deterministic_settings(80)
@given(data=st.data())
async def test_groups_of_all_tasks_match_oracle(app_with_dataset: AppFixture, data: st.DataObject) -> None:
    arguments, where = data.draw(aggregate_arguments(TASK_COLUMNS, TASK_HAVING)), data.draw(where_inputs("task", 3))
    response = await app_with_dataset.tenant.client()(ROOT_TASKS, where=where, **arguments)
    rows = [row for row in DATASET.tasks if ORACLE.matches("task", where, row)]
    expected = AggregateOracle(Task, TASK_COLUMNS).aggregate(rows, arguments)
    assert response.data["tasks"]["aggregate"] == expected
    assert response.data["again"]["aggregate"] == expected


@deterministic_settings(60)
@given(data=st.data())
async def test_groups_of_every_parent_match_oracle(app_with_dataset: AppFixture, data: st.DataObject) -> None:
    arguments, where = data.draw(aggregate_arguments(TASK_COLUMNS, TASK_HAVING)), data.draw(where_inputs("task", 2))
    response = await app_with_dataset.tenant.client()(NESTED_TASKS, where=where, **arguments)
    oracle = AggregateOracle(Task, TASK_COLUMNS)
    for table in ("project", "worker"):
        nodes = {node["id"]: node["tasks"]["aggregate"] for node in response.data[f"{table}s"]["nodes"]}
        parents = DATASET.rows(table)
        assert nodes.keys() == set(map(global_id, parents))
        for parent in parents:
            relation = get_relation(type(parent), "tasks")
            assert isinstance(relation, HasMany | ManyToMany)
            children = DATASET.children(relation, parent.id)
            rows = [row for row in children if ORACLE.matches("task", where, row)]
            assert nodes[global_id(parent)] == oracle.aggregate(rows, arguments), parent


@deterministic_settings(150)
@given(arguments=aggregate_arguments(ACCOUNT_COLUMNS, ACCOUNT_HAVING))
async def test_money_and_time_zones_match_oracle(app_with_accounts: AppFixture, arguments: dict[str, Any]) -> None:
    response = await app_with_accounts.tenant.client(Role.OWNER)(ALL_ACCOUNTS, **arguments)
    expected = AggregateOracle(Account, ACCOUNT_COLUMNS).aggregate(ACCOUNTS, arguments)
    assert response.data["accounts"]["aggregate"] == expected
