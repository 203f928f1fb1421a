"""Conflicts and unexpected errors in operations with @atomic or @dryRun."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from database.engine import Database
from models import AuditEntry, Team
from server.app import create_app
from server.config.settings import Settings
from services.core.errors import RetryableConflict
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MAX_ATTEMPTS, Proceed
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.client import Client
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.sample_data import fetch_table

CREATE_TWO = """
mutation DIRECTIVES {
  a: createTeam(input: {name: "A"}) { team { name } userErrors { code } }
  b: createTeam(input: {name: "B"}) { team { name } userErrors { code } }
}
"""
ATOMIC = CREATE_TWO.replace("DIRECTIVES", "@atomic")
DRY_RUN = CREATE_TWO.replace("DIRECTIVES", "@dryRun")


class FailingHook:
    """A hook that fails after some of the use cases of requests."""

    def __init__(self) -> None:
        self.failures: list[Exception | None] = []
        self.calls = 0
        self.after_commit_calls = 0

    async def __call__(self, work: UnitOfWork, proceed: Proceed) -> Any:
        result = await proceed()
        work.after_commit.append(self.count_commit)
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return result

    async def count_commit(self) -> None:
        self.after_commit_calls += 1


@pytest.fixture
def hook() -> FailingHook:
    """The hook of the application."""
    return FailingHook()


@pytest.fixture
async def app(settings: Settings, hook: FailingHook) -> AsyncIterator[FastAPI]:
    """An application with the hook."""
    application = create_app(settings, [hook])
    yield application
    await shut_down(application)


async def team_names(app_fixture: AppFixture) -> list[str]:
    return sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Team))


async def test_conflict_runs_the_whole_operation_again(
    member_client: Client, app_fixture: AppFixture, hook: FailingHook, database: Database
) -> None:
    hook.failures = [None, RetryableConflict(), RetryableConflict()]
    response = await with_key(member_client)(ATOMIC)
    assert [response.payload(name)["team"]["name"] for name in "ab"] == ["A", "B"]
    assert (hook.calls, hook.after_commit_calls) == (2 + 1 + 2, 2)
    assert await team_names(app_fixture) == ["A", "B"]
    entries = [entry for entry in await fetch_table(app_fixture.tenant, AuditEntry) if entry["noun"] == "Team"]
    assert len(entries) == 2
    assert await count_stored_results(database) == 1
    assert is_replay(await with_key(member_client)(ATOMIC))


async def test_conflict_of_the_last_attempt_is_reported(
    member_client: Client, app_fixture: AppFixture, hook: FailingHook
) -> None:
    hook.failures = [None, RetryableConflict()] * MAX_ATTEMPTS
    response = await member_client(ATOMIC)
    assert response.body["data"] == {"a": None, "b": None}
    assert response.error_codes == ["ABORTED", "CONFLICT"]
    assert response.body["errors"][0]["message"] == "Nothing was written, because `b` failed."
    assert (hook.calls, hook.after_commit_calls) == (2 * MAX_ATTEMPTS, 0)
    assert await team_names(app_fixture) == []


async def test_unexpected_error_rolls_back_the_others(
    member_client: Client, app_fixture: AppFixture, hook: FailingHook
) -> None:
    hook.failures = [None, ValueError("unexpected")]
    response = await member_client(ATOMIC)
    assert (response.body["data"], response.error_codes) == ({"a": None, "b": None}, ["ABORTED", "INTERNAL"])
    assert (hook.after_commit_calls, await team_names(app_fixture)) == (0, [])


async def test_conflict_of_a_dry_run_runs_it_again(
    member_client: Client, app_fixture: AppFixture, hook: FailingHook
) -> None:
    hook.failures = [None, RetryableConflict()]
    response = await member_client(DRY_RUN)
    assert [response.payload(name)["team"]["name"] for name in "ab"] == ["A", "B"]
    assert (hook.calls, hook.after_commit_calls) == (4, 0)
    assert await team_names(app_fixture) == []


@pytest.mark.parametrize("failures", [[], [None, ValueError("unexpected")]])
@pytest.mark.parametrize("document", [ATOMIC, DRY_RUN])
async def test_connections_are_released(
    member_client: Client, database: Database, hook: FailingHook, document: str, failures: list[Exception | None]
) -> None:
    for _ in range(8):  # more than there are connections
        hook.failures = list(failures)
        await member_client(document)
    assert database.connections_in_use == 0
