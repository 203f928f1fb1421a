"""Writing many rows at once: unique values, constraints that are found with savepoints, and the changes recorded."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from models import AuditEntry, Task, Worker
from services.core import bulk, bulk_checks
from services.core.bulk import create_many, delete_many, update_many
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.bulk_rows import RowUpdate, Selection
from services.core.errors import Rejected
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from tests.services.use_case_helpers import UseCase
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

POLICIES = list(ErrorPolicy)


def worker_rows(*emails: str | None) -> list[dict[str, Any]]:
    """Return values of new workers."""
    return [{"name": f"Worker {n}", "email": email} for n, email in enumerate(emails)]


def create_workers(rows: list[dict[str, Any]], policy: ErrorPolicy) -> UseCase:
    """Return a use case that creates workers."""
    return lambda work: create_many(work, Worker, rows, policy)


async def run(app_fixture: AppFixture, use_case: UseCase) -> BulkResult:
    """Run a use case; return its result, also if it was rejected."""
    try:
        result = await app_fixture.tenant.run_use_case(use_case)
    except Rejected as rejected:
        result = rejected.current
    assert isinstance(result, BulkResult)
    return result


def errors_of(result: BulkResult) -> dict[int, list[tuple[str, tuple[str, ...]]]]:
    """Return code and path of the problems of each rejected row."""
    return {
        index: [(problem.code.value, problem.field) for problem in row.problems]
        for index, row in enumerate(result.rows)
        if row.problems
    }


@pytest.mark.parametrize("case", ["known", "concurrent"])
@pytest.mark.parametrize("policy", POLICIES)
async def test_rows_with_taken_values_are_rejected(
    policy: ErrorPolicy, case: str, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a race, the value is taken after it was looked up, so that the constraint rejects it."""
    await app_fixture.tenant.create(Worker, email="taken@here.test")
    await app_fixture.other_tenant.create(Worker, email="theirs@here.test")
    rows = worker_rows("a@here.test", "TAKEN@here.test", None, "theirs@here.test", None, "a@here.test", "b@here.test")
    if case == "concurrent":

        async def find_nothing(*_arguments: Any) -> dict[Any, Any]:
            return {}

        monkeypatch.setattr(bulk, "find_taken_values", find_nothing)
    result = await run(app_fixture, create_workers(rows, policy))
    assert errors_of(result) == {index: [("TAKEN", ("inputs", str(index), "email"))] for index in (1, 5)}
    stored = {row["email"] for row in await fetch_table(app_fixture.tenant, Worker)}
    audited = [entry for entry in await fetch_table(app_fixture.tenant, AuditEntry) if entry["noun"] == "Worker"]
    if policy is ErrorPolicy.REJECT_ALL:
        assert (stored, len(audited), result.succeeded, result.failed) == ({"taken@here.test"}, 1, 0, 2)
    else:
        assert stored == {"taken@here.test", "a@here.test", "theirs@here.test", "b@here.test", None}
        assert (len(audited), result.succeeded, result.failed) == (6, 5, 2)
        assert [row.row.name for row in result.rows if row.row] == [f"Worker {n}" for n in (0, 2, 3, 4, 6)]


async def test_values_that_were_taken_meanwhile_are_found_in_one_check(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client could otherwise make the server divide its rows with hundreds of savepoints."""
    find, savepoint, checks, savepoints = bulk_checks.find_taken_values, UnitOfWork.savepoint, [], []

    async def find_after_the_first_check(*arguments: Any) -> Any:
        checks.append(arguments)
        return {} if len(checks) == 1 else await find(*arguments)

    def count_savepoint(work: UnitOfWork) -> Any:
        savepoints.append(work)
        return savepoint(work)

    emails = [f"{number}@here.test" for number in range(50)]
    for email in emails[:40]:
        await app_fixture.tenant.create(Worker, email=email)
    monkeypatch.setattr(bulk, "find_taken_values", find_after_the_first_check)
    monkeypatch.setattr(UnitOfWork, "savepoint", count_savepoint)
    result = await run(app_fixture, create_workers(worker_rows(*emails), ErrorPolicy.SKIP_FAILED))
    assert (result.succeeded, result.failed, len(checks), len(savepoints)) == (10, 40, 2, 2)


async def test_missing_required_value_is_a_problem(app_fixture: AppFixture) -> None:
    result = await run(app_fixture, create_workers([{"email": "a@here.test"}], ErrorPolicy.SKIP_FAILED))
    assert errors_of(result) == {0: [("REQUIRED", ("inputs", "0", "name"))]}


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("number", [1, 2])
async def test_text_that_is_too_long_for_its_column_is_not_truncated(number: int, app_fixture: AppFixture) -> None:
    async def use_case(work: UnitOfWork) -> None:
        await work.add(*(build_new_entity(Worker, {"name": "x" * 300}) for _ in range(number)))

    with pytest.raises(DBAPIError, match="too long"):
        await app_fixture.tenant.run_use_case(use_case)


TASKS: dict[str, list[dict[str, Any]]] = {
    "null in all rows": [{"title": f"Task {n}", "due_date": None, "external_id": None} for n in range(3)],
    "null in the first row": [{"title": "Dig"}, {"title": 'Say "NULL", {}', "due_date": date(987, 6, 5)}],
    "null in the last row": [{"title": "Dig", "due_date": date(2027, 5, 1), "external_id": "a,b"}, {"title": "Hoe"}],
}


@pytest.mark.parametrize("case", TASKS)
async def test_values_are_written_as_they_are(case: str, app_fixture: AppFixture) -> None:
    """Values that are the same in all rows are sent once, those of some types as text."""
    names = ("title", "description", "due_date", "external_id", "version")
    assignee = await app_fixture.tenant.create(Worker)
    created = (await run(app_fixture, lambda work: create_many(work, Task, TASKS[case]))).rows
    ids = [result.row.id for result in created]
    rows = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Task)}
    expected = [{"description": "", "due_date": None, "external_id": None, **values} for values in TASKS[case]]
    assert [{name: rows[id][name] for name in names} for id in ids] == [{**values, "version": 1} for values in expected]

    first = [RowUpdate(ids[0], None, {"assignee_id": assignee.id})]
    await run(app_fixture, lambda work: update_many(work, Task, first))
    updates = [RowUpdate(id, None, {"due_date": None, "description": f"Task {id}"}) for id in ids]
    assert (await run(app_fixture, lambda work: update_many(work, Task, updates))).failed == 0
    rows = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Task)}
    for update in updates:
        assert update.values.items() <= rows[update.id].items()
    assert [rows[id]["version"] for id in ids] == [3, *(2 for _ in ids[1:])]
    assert [rows[id]["assignee_id"] for id in ids] == [assignee.id, *(None for _ in ids[1:])]

    assert (await run(app_fixture, lambda work: delete_many(work, Task, Selection(ids)))).failed == 0
    assert not await fetch_table(app_fixture.tenant, Task)


async def test_rejected_block_of_a_savepoint_leaves_no_trace(app_fixture: AppFixture) -> None:
    async def use_case(work: UnitOfWork) -> list[str]:
        first = build_new_entity(Worker, {"name": "First", "email": "first@here.test"})
        await work.add(first)
        with suppress(Rejected):
            async with work.savepoint():
                first.name = "Changed"
                await work.add(build_new_entity(Worker, {"name": "Second", "email": "first@here.test"}))
        await work.add(build_new_entity(Worker, {"name": "Third", "email": "third@here.test"}))
        return [first.name, *(change.row["name"] for change in work.changes)]

    assert await app_fixture.tenant.run_use_case(use_case) == ["First", "First", "Third"]
    stored = sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Worker))
    assert stored == ["First", "Third"]
