"""Every operator on every kind of column against what it means in plain Python, on both engines."""

import datetime
import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models import Membership, Task, User, Worker
from models.ids import NOWHERE
from models.task import TaskStatus
from queries.conditions import Compare, Condition, Either, Every, Not
from queries.lists import Ask, counted, listed
from queries.reader import Reader
from services.unit_of_work import UnitOfWork
from tests.queries.filters import (
    EQUAL,
    NEEDLES,
    OTHER_MOMENTS,
    SIZED,
    TEXT,
)
from tests.queries.garden import DAYS, GARDEN, LETTERS, MOMENTS, ids
from tests.queries.meaning import compares, holds
from tests.support.world import World


@dataclass(frozen=True)
class Domain:
    """What a column can be compared with."""

    column: str
    values: Sequence[Any]
    operators: tuple[str, ...]
    model: Any = Task

    def comparisons(self) -> Iterator[Compare]:
        """Everything that can be said of it, and null or not, and lists of many, one and none."""
        for name, value in itertools.product(self.operators, self.values):
            yield Compare(self.column, name, value)
        for wanted in (True, False):
            yield Compare(self.column, "isNull", wanted)
        for some in (self.values, self.values[:1], self.values[1:3], (), [self.values[0]] * 3):
            yield Compare(self.column, "in", tuple(some))


DOMAINS = (
    Domain("title", LETTERS[::3], (*EQUAL, *SIZED)),
    Domain("title", (*LETTERS, *NEEDLES), TEXT),
    Domain("status", list(TaskStatus), EQUAL),
    Domain("due_date", (*DAYS, datetime.date(2026, 1, 30)), (*EQUAL, *SIZED)),
    Domain("created_at", (*MOMENTS, *OTHER_MOMENTS), (*EQUAL, *SIZED)),
    Domain("version", (0, 1, 2, 3, -(2**31), 2**31 - 1), (*EQUAL, *SIZED)),
    Domain("id", (GARDEN.tasks[0].id, GARDEN.tasks[7].id, NOWHERE, GARDEN.workers[0].id), EQUAL),
    Domain("assignee_id", (GARDEN.workers[0].id, GARDEN.workers[7].id, NOWHERE), EQUAL),
    Domain("email", ("1@x.test", "Ä1@X.test", "X", "ä", "@", ""), (*EQUAL, *SIZED, *TEXT), Worker),
    Domain("team_id", (GARDEN.teams[0].id, GARDEN.teams[2].id, NOWHERE), EQUAL, Worker),
)


async def matching(reader: Reader, model: Any, condition: Condition) -> set[uuid.UUID]:
    """The ids of the rows of which the engine finds this true."""
    return set(ids(await reader.rows(listed(model, Ask(where=condition, size=1000)))))


async def check(reader: Reader, comparisons: Iterator[Compare], model: Any, rows: Sequence[Any]) -> None:
    """That each is true of the rows it should be true of, and its opposite of all others."""
    for comparison in comparisons:
        expected = {row.id for row in rows if holds(comparison, row)}
        assert await matching(reader, model, comparison) == expected, comparison
        assert await matching(reader, model, Not(comparison)) == set(ids(rows)) - expected, comparison


async def test_every_operator_on_every_kind_of_column_means_the_same_as_in_python(
    planted: World, reader: Reader
) -> None:
    for domain in DOMAINS:
        await check(reader, domain.comparisons(), domain.model, GARDEN.rows(domain.model.__tablename__))


async def test_every_operator_on_yes_and_no_and_on_a_point_in_time_that_may_be_missing(
    world: World, reader: Reader
) -> None:
    users = await people(world)
    await check(reader, Domain("is_active", (True, False), EQUAL).comparisons(), User, users)
    moments = Domain("last_login", (*MOMENTS, *OTHER_MOMENTS), (*EQUAL, *SIZED))
    await check(reader, moments.comparisons(), User, users)


async def people(world: World) -> list[User]:
    """The tenant's users, active or not, who have signed in at some time or never."""
    moments = (None, *MOMENTS, MOMENTS[0])
    more = [User(email=f"{n}@x.test", full_name="X", is_active=n % 2 == 0, last_login=moments[n]) for n in range(5)]

    async def invite(work: UnitOfWork) -> None:
        await work.add(*more)
        await work.add(*(Membership(tenant_id=world.here.tenant_id, user_id=user.id) for user in more))

    await world.here.make(invite)
    return [*more, *world.here.users.values()]


async def test_only_a_to_z_are_folded_when_text_is_searched(planted: World, reader: Reader) -> None:
    titles = {task.id: task.title for task in GARDEN.tasks}
    for needle, found in (
        ("i", {"i", "I"}),
        ("ä", {"ä"}),
        ("Ä", {"Ä"}),
        ("ß", {"ß"}),
        ("K", {"k", "K"}),
        ("S", {"ss", "S"}),
    ):
        seen = await matching(reader, Task, Compare("title", "startsWith", needle))
        expected = {title for title in titles.values() if title in found}
        assert {titles[id] for id in seen} - {"'; --"} == expected, needle


async def test_a_long_text_is_compared_as_a_whole(planted: World, reader: Reader) -> None:
    title = "x" * 200  # as long as the column is wide; PostgreSQL would cut a longer value to that when cast

    async def rename(work: UnitOfWork) -> None:
        (await work.get(Task, GARDEN.tasks[0].id)).title = title

    await planted.here.make(rename)
    assert await matching(reader, Task, Compare("title", "eq", title)) == {GARDEN.tasks[0].id}
    for longer in (title + "x", title + " ", title + "x" * 800):
        assert await matching(reader, Task, Compare("title", "eq", longer)) == set()
        assert await matching(reader, Task, Compare("title", "startsWith", longer)) == set()
        assert GARDEN.tasks[0].id in await matching(reader, Task, Compare("title", "lt", longer))
        assert await matching(reader, Task, Compare("title", "in", (longer, longer))) == set()


async def test_equal_filters_with_other_values_do_not_share_their_values(planted: World, reader: Reader) -> None:
    workers, tasks = GARDEN.workers, GARDEN.tasks
    for one, two in itertools.permutations(workers[:4], 2):
        both = Either((Compare("assignee_id", "in", (one.id,)), Compare("assignee_id", "in", (two.id,))))
        expected = {task.id for task in tasks if task.assignee_id in (one.id, two.id)}
        assert await matching(reader, Task, both) == expected
        neither = Every((Compare("assignee_id", "in", (one.id,)), Compare("assignee_id", "in", (two.id,))))
        assert await matching(reader, Task, neither) == set()


async def test_nothing_asked_is_everything_and_no_choice_is_nothing(planted: World, reader: Reader) -> None:
    everything = set(ids(GARDEN.tasks))
    for condition, expected in (
        (Every(), everything),
        (Either(()), set()),
        (Not(Every()), set()),
        (Not(Either(())), everything),
    ):
        assert await matching(reader, Task, condition) == expected


async def test_the_length_of_a_list_is_that_of_the_filtered_list_whatever_page_is_asked(
    planted: World, reader: Reader
) -> None:
    condition = Compare("status", "eq", TaskStatus.DONE)
    done = [task for task in GARDEN.tasks if task.status is TaskStatus.DONE]
    ((total,),) = await reader.rows(counted(Task, Ask(where=condition, size=1, backwards=True)))
    assert total == len(done) > 1


def test_ascii_only_folding_is_what_the_model_of_these_tests_does() -> None:
    assert compares("contains", "xAy", "Xa")
    assert not compares("contains", "Ä", "ä")
    assert not compares("contains", "\u212a", "k")
