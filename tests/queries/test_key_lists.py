"""Tests of key lists: any number of keys is passed as one parameter of one statement."""

import random
import uuid

from database.reader import Reader
from models import Task, User
from models.ids import NIL_UUID
from models.relations import table_of
from queries.filters import Compare
from queries.key_list import KEYS_PARAM, any_of
from queries.lists import PageQuery, select_by_id, select_page
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, ids_of, open_reader

MANY_KEYS = 40_000
"""More keys than the parameter limit of either database."""


async def test_rows_are_selected_by_id(app_with_dataset: AppFixture, reader: Reader) -> None:
    keys = ids_of(DATASET.tasks)[3:17]
    assert set(ids_of(await reader.rows(select_by_id(Task), keys=keys))) == set(keys)


async def test_keys_beyond_parameter_limit_need_one_statement(
    app_with_dataset: AppFixture, reader: Reader, statement_counter: StatementCounter
) -> None:
    rng = random.Random(7)  # noqa: S311 -- deterministic on purpose
    keys = [uuid.UUID(int=rng.getrandbits(128)) for _ in range(MANY_KEYS)] + ids_of(DATASET.tasks)
    await reader.principal()
    with statement_counter:
        rows = await reader.rows(select_by_id(Task), keys=keys)
    assert set(ids_of(rows)) == set(ids_of(DATASET.tasks))
    assert len(rows) == len(DATASET.tasks)
    assert statement_counter.count == 1


async def test_empty_key_list_returns_no_rows(app_with_dataset: AppFixture, reader: Reader) -> None:
    assert await reader.rows(select_by_id(Task), keys=[]) == []


async def test_repeated_key_returns_its_row_once(app_with_dataset: AppFixture, reader: Reader) -> None:
    assert len(await reader.rows(select_by_id(Task), keys=[DATASET.tasks[0].id] * 5)) == 1


async def test_nil_uuid_matches_no_row(app_with_dataset: AppFixture, reader: Reader) -> None:
    for model in (Task, User):
        assert await reader.rows(select_by_id(model), keys=[NIL_UUID]) == []


async def test_statement_text_is_independent_of_number_of_keys(
    app_with_dataset: AppFixture, reader: Reader, statement_counter: StatementCounter
) -> None:
    await reader.principal()
    with statement_counter:
        for number in (1, 2, 30):
            await reader.rows(select_by_id(Task), keys=ids_of(DATASET.tasks)[:number])
        for number in (1, 2, 30):
            condition = Compare("id", "in", tuple(ids_of(DATASET.tasks)[:number]))
            assert len(await reader.rows(select_page(Task, PageQuery(where=condition, size=50)))) == number
    assert len(set(statement_counter.statements[:3])) == len(set(statement_counter.statements[3:])) == 1


async def test_keys_shared_with_another_tenant_return_own_rows_only(app_with_dataset: AppFixture) -> None:
    for tenant in (app_with_dataset.tenant, app_with_dataset.other_tenant):
        async with open_reader(tenant) as reader:
            rows = await reader.rows(select_by_id(Task), keys=ids_of(DATASET.tasks))
        assert {row.tenant_id for row in rows} == {tenant.id}


async def test_users_of_another_tenant_are_not_visible(app_fixture: AppFixture, reader: Reader) -> None:
    user_ids = [user.id for tenant in app_fixture.tenants.values() for user in tenant.users.values()]
    visible_ids = set(ids_of(await reader.rows(select_by_id(User), keys=user_ids)))
    assert visible_ids == {user.id for user in app_fixture.tenant.users.values()}


async def test_null_matches_no_key(app_with_dataset: AppFixture, reader: Reader) -> None:
    tasks = table_of(Task)
    for keys in ([NIL_UUID], [], [DATASET.workers[0].id]):
        statement = select_page(Task, PageQuery(size=100)).where(any_of(tasks.c.assignee_id, KEYS_PARAM))
        rows = await reader.rows(statement, keys=keys)
        assert set(ids_of(rows)) == {task.id for task in DATASET.tasks if task.assignee_id in keys}
