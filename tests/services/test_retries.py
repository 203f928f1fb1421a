"""Retries: a use case that failed because of a concurrent transaction runs again from the start."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from models import Team
from services.core import records
from services.core.changes import ChangeKind
from services.core.errors import Conflict, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MAX_ATTEMPTS
from tests.services.use_case_helpers import (
    ChangeRecorder,
    UseCase,
    UseCaseFailed,
    after_commit_recorder,
    list_team_names,
    run_as_member,
)
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table


class DeadlockDetected(Exception):
    """A driver's error for a deadlock."""

    sqlstate = "40P01"


class SerializationFailure(DeadlockDetected):
    """A driver's error for a serialization failure."""

    sqlstate = "40001"


class SqlSyntaxError(DeadlockDetected):
    """A driver's error for invalid SQL."""

    sqlstate = "42601"


def _deadlock(orig: Exception | None = None) -> DBAPIError:
    return OperationalError("UPDATE …", {}, orig or DeadlockDetected())


class FailingUseCase:
    """A use case that writes and then fails, a number of times."""

    def __init__(self, times: int, failure: Callable[[], Exception]) -> None:
        self.failures: Iterator[Exception] = (failure() for _ in range(times))
        self.attempts = 0

    async def __call__(self, work: UnitOfWork) -> Any:
        self.attempts += 1
        created = await records.create(work, Team, {"name": "Diggers"})
        for failure in self.failures:
            raise failure
        return created


@pytest.mark.parametrize("failure", [_deadlock, lambda: _deadlock(SerializationFailure()), StaleDataError])
async def test_use_case_is_retried_after_a_transient_conflict(
    failure: Callable[[], Exception], app_fixture: AppFixture
) -> None:
    use_case, recorder = FailingUseCase(MAX_ATTEMPTS - 1, failure), ChangeRecorder()
    recorded: list[str] = []
    created = await run_as_member(app_fixture.tenant, use_case, recorder, after_commit_recorder(recorded, "once"))
    assert (use_case.attempts, recorded, created.name) == (MAX_ATTEMPTS, ["once"], "Diggers")
    assert recorder.kinds == [(ChangeKind.CREATED, "team")]
    assert await list_team_names(app_fixture.tenant) == ["Diggers"]


async def test_use_case_fails_after_the_last_attempt(app_fixture: AppFixture) -> None:
    use_case = FailingUseCase(100, _deadlock)
    with pytest.raises(Conflict):
        await run_as_member(app_fixture.tenant, use_case)
    assert (use_case.attempts, await list_team_names(app_fixture.tenant)) == (MAX_ATTEMPTS, [])


@pytest.mark.parametrize("failure", [lambda: _deadlock(SqlSyntaxError()), UseCaseFailed, Rejected])
async def test_other_failures_are_not_retried(failure: Callable[[], Exception], app_fixture: AppFixture) -> None:
    use_case = FailingUseCase(1, failure)
    with pytest.raises(type(failure())):
        await run_as_member(app_fixture.tenant, use_case)
    assert (use_case.attempts, await list_team_names(app_fixture.tenant)) == (1, [])


@pytest.mark.only("postgresql")
async def test_deadlock_is_retried(app_fixture: AppFixture) -> None:
    first, second = (
        await app_fixture.tenant.create(Team, name="First"),
        await app_fixture.tenant.create(Team, name="Second"),
    )
    both_have_locked = asyncio.Barrier(2)

    def rename_teams(*teams: Team) -> UseCase:
        barriers = [both_have_locked]

        async def rename(work: UnitOfWork) -> Any:
            for row in teams:
                (await work.get_for_update(Team, row.id, "id")).name = f"Of {teams[0].name} {row.name}"
                await work.flush()
                if barriers:
                    await barriers.pop().wait()

        return rename

    async with asyncio.timeout(20):
        await asyncio.gather(
            run_as_member(app_fixture.tenant, rename_teams(first, second)),
            run_as_member(app_fixture.tenant, rename_teams(second, first)),
        )
    rows = await fetch_table(app_fixture.tenant, Team)
    assert {row["version"] for row in rows} == {3}
    assert len({row["name"].split()[1] for row in rows}) == 1
