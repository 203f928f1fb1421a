"""Keys as one parameter: however many, and whatever they are, in one statement."""

import random
import uuid

from models import Task, User
from models.ids import NOWHERE
from models.relations import table_of
from queries.conditions import Compare
from queries.keys import among
from queries.lists import KEYS, Ask, by_id, listed
from queries.reader import Reader
from tests.harness.statements import StatementCounter
from tests.queries.garden import GARDEN, ids, reading
from tests.support.world import World

MANY = 40_000
"""More than either engine takes parameters."""


async def test_rows_are_found_by_their_ids(planted: World, reader: Reader) -> None:
    wanted = ids(GARDEN.tasks)[3:17]
    assert set(ids(await reader.rows(by_id(Task), keys=wanted))) == set(wanted)


async def test_more_keys_than_a_statement_takes_parameters_are_one_statement(
    planted: World, reader: Reader, statements: StatementCounter
) -> None:
    chance = random.Random(7)  # noqa: S311 (the same every time is what is wanted)
    keys = [uuid.UUID(int=chance.getrandbits(128)) for _ in range(MANY)] + ids(GARDEN.tasks)
    await reader.actor()
    with statements:
        found = await reader.rows(by_id(Task), keys=keys)
    assert set(ids(found)) == set(ids(GARDEN.tasks))
    assert len(found) == len(GARDEN.tasks)
    assert statements.count == 1


async def test_no_keys_find_nothing(planted: World, reader: Reader) -> None:
    assert await reader.rows(by_id(Task), keys=[]) == []


async def test_a_key_twice_finds_its_row_once(planted: World, reader: Reader) -> None:
    assert len(await reader.rows(by_id(Task), keys=[GARDEN.tasks[0].id] * 5)) == 1


async def test_no_row_is_at_the_id_that_malformed_ones_are_read_as(planted: World, reader: Reader) -> None:
    for model in (Task, User):
        assert await reader.rows(by_id(model), keys=[NOWHERE]) == []


async def test_the_number_of_keys_does_not_change_the_statement(
    planted: World, reader: Reader, statements: StatementCounter
) -> None:
    await reader.actor()
    with statements:
        for number in (1, 2, 30):
            await reader.rows(by_id(Task), keys=ids(GARDEN.tasks)[:number])
        for number in (1, 2, 30):
            condition = Compare("id", "in", tuple(ids(GARDEN.tasks)[:number]))
            assert len(await reader.rows(listed(Task, Ask(where=condition, size=50)))) == number
    assert len(set(statements.statements[:3])) == len(set(statements.statements[3:])) == 1


async def test_keys_that_belong_to_another_tenant_find_ones_own_rows_only(planted: World) -> None:
    for plot in (planted.here, planted.there):
        async with reading(plot) as reader:
            rows = await reader.rows(by_id(Task), keys=ids(GARDEN.tasks))
        assert {row.tenant_id for row in rows} == {plot.tenant_id}


async def test_of_another_tenants_users_none_is_found(world: World, reader: Reader) -> None:
    people = [user.id for plot in world.plots.values() for user in plot.users.values()]
    found = set(ids(await reader.rows(by_id(User), keys=people)))
    assert found == {user.id for user in world.here.users.values()}


async def test_a_null_is_among_no_keys(planted: World, reader: Reader) -> None:
    tasks = table_of(Task)
    for keys in ([NOWHERE], [], [GARDEN.workers[0].id]):
        statement = listed(Task, Ask(size=100)).where(among(tasks.c.assignee_id, KEYS))
        found = await reader.rows(statement, keys=keys)
        assert set(ids(found)) == {task.id for task in GARDEN.tasks if task.assignee_id in keys}
