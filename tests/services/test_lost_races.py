"""What lost a race that it may win the next time is done again, from the start."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from models import Team
from services import team
from services.changes import Kind
from services.errors import Conflict, Refused
from services.unit_of_work import TRIES, UnitOfWork
from tests.services.doing import Failed, UseCase, Watcher, do, names, telling
from tests.support.scene import stored
from tests.support.world import World


class Lost(Exception):
    """What a driver says of a deadlock."""

    sqlstate = "40P01"


class Unserializable(Lost):
    """What a driver says when transactions cannot be put in an order."""

    sqlstate = "40001"


class Broken(Lost):
    """What a driver says of bad SQL."""

    sqlstate = "42601"


def _deadlock(orig: Exception | None = None) -> DBAPIError:
    return OperationalError("UPDATE …", {}, orig or Lost())


class Unlucky:
    """A use case that fails in this way a few times, each time after it has written."""

    def __init__(self, times: int, failure: Callable[[], Exception]) -> None:
        self.failures: Iterator[Exception] = (failure() for _ in range(times))
        self.tries = 0

    async def __call__(self, work: UnitOfWork) -> Any:
        self.tries += 1
        made = await team.create_team(work, {"name": "Diggers"})
        for failure in self.failures:
            raise failure
        return made


@pytest.mark.parametrize("failure", [_deadlock, lambda: _deadlock(Unserializable()), StaleDataError])
async def test_a_lost_race_is_run_again_from_the_start(failure: Callable[[], Exception], world: World) -> None:
    use_case, watcher = Unlucky(TRIES - 1, failure), Watcher()
    told: list[str] = []
    made = await do(world.here, use_case, watcher, telling(told, "once"))
    assert (use_case.tries, told, made.name) == (TRIES, ["once"], "Diggers")
    assert watcher.kinds == [(Kind.CREATED, "team")]
    assert await names(world.here) == ["Diggers"]


async def test_who_loses_again_and_again_gives_up(world: World) -> None:
    use_case = Unlucky(100, _deadlock)
    with pytest.raises(Conflict):
        await do(world.here, use_case)
    assert (use_case.tries, await names(world.here)) == (TRIES, [])


@pytest.mark.parametrize("failure", [lambda: _deadlock(Broken()), Failed, Refused])
async def test_other_failures_are_no_race(failure: Callable[[], Exception], world: World) -> None:
    use_case = Unlucky(1, failure)
    with pytest.raises(type(failure())):
        await do(world.here, use_case)
    assert (use_case.tries, await names(world.here)) == (1, [])


@pytest.mark.only("postgresql")
async def test_a_real_deadlock_is_run_again(world: World) -> None:
    first, second = await world.here.team("First"), await world.here.team("Second")
    met = asyncio.Barrier(2)

    def renaming(*teams: Team) -> UseCase:
        waiting = [met]

        async def rename(work: UnitOfWork) -> Any:
            for each in teams:
                (await work.get(Team, each.id, "id")).name = f"Of {teams[0].name} {each.name}"
                await work.flush()
                if waiting:
                    await waiting.pop().wait()

        return rename

    async with asyncio.timeout(20):
        await asyncio.gather(do(world.here, renaming(first, second)), do(world.here, renaming(second, first)))
    rows = await stored(world.here, Team)
    assert {row["version"] for row in rows} == {3}
    assert len({row["name"].split()[1] for row in rows}) == 1
