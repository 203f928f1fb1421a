"""Violated constraints become user errors, or are reported as internal errors."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models import Project, Task, TaskWorker, Team, Tenant, User, Worker
from models.ids import new_id
from services.core.constraint_violations import build_rejection
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture

Row = tuple[Any, dict[str, Any]]
"""A model and the values of a row."""

EXISTING_ID = new_id()
TAKEN: dict[str, Row] = {
    "input.email": (User, {"email": "member@here.test", "full_name": "Ada"}),
    "input.slug": (Tenant, {"name": "Here", "slug": "here"}),
    "input.name": (Team, {"name": "Team"}),
}
MISSING_REFERENCES: dict[str, Row] = {
    "input.team_id": (Worker, {"name": "Ada", "team_id": new_id()}),
    "input.project_id": (Task, {"title": "Dig", "project_id": new_id()}),
    "input.assignee_id": (Task, {"title": "Dig", "assignee_id": new_id()}),
}
INTERNAL_ERRORS: dict[str, Row] = {
    "a missing value": (Project, {"name": None}),
    "an existing key": (Team, {"name": "Other", "id": EXISTING_ID}),
}


async def insert(app_fixture: AppFixture, model: Any, values: dict[str, Any]) -> None:
    """Insert a row without validation."""
    await app_fixture.tenant.run_use_case(lambda work: work.add(model(**values)))


async def insert_rejected(app_fixture: AppFixture, row: Row) -> list[tuple[str, str]]:
    """Insert a row, assert that it is rejected, and return code and path of each problem."""
    with pytest.raises(Rejected) as rejected:
        await insert(app_fixture, *row)
    return [(problem.code, ".".join(problem.field)) for problem in rejected.value.problems]


async def test_unique_violation_is_taken(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Team, name="Team")
    for field, row in TAKEN.items():
        assert await insert_rejected(app_fixture, row) == [("TAKEN", field)]


@pytest.mark.only("postgresql")
async def test_foreign_key_violation_is_not_found(app_fixture: AppFixture) -> None:
    """SQLite does not name the constraint. On SQLite, no other transaction writes between a check and its write."""
    for field, row in MISSING_REFERENCES.items():
        assert await insert_rejected(app_fixture, row) == [("NOT_FOUND", field)]


async def test_reference_into_another_tenant_violates_a_constraint(app_fixture: AppFixture) -> None:
    foreign_team = await app_fixture.other_tenant.create(Team)
    with pytest.raises((Rejected, IntegrityError)):
        await insert(app_fixture, Worker, {"name": "Ada", "team_id": foreign_team.id})


@pytest.mark.parametrize("name", INTERNAL_ERRORS)
async def test_other_violation_is_an_internal_error(name: str, app_fixture: AppFixture) -> None:
    await insert(app_fixture, Team, {"name": "Team", "id": EXISTING_ID})
    with pytest.raises(IntegrityError):
        await insert(app_fixture, *INTERNAL_ERRORS[name])


async def test_deleting_a_referenced_row_violates_a_constraint(app_fixture: AppFixture) -> None:
    team = await app_fixture.tenant.create(Team)
    await app_fixture.tenant.create(Worker, team_id=team.id)

    async def delete(work: UnitOfWork) -> None:
        await work.delete(await work.get_for_update(Team, team.id, "id"))

    with pytest.raises((Rejected, IntegrityError)):
        await app_fixture.tenant.run_use_case(delete)


async def test_duplicate_link_violates_a_constraint(app_fixture: AppFixture) -> None:
    worker = await app_fixture.tenant.create(Worker)
    task = await app_fixture.tenant.create(Task)
    await app_fixture.tenant.assign(task, worker)
    with pytest.raises(IntegrityError):
        await insert(app_fixture, TaskWorker, {"task_id": task.id, "worker_id": worker.id})


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("uq_team_tenant_id_name_102033", ("input", "name")),
        ("uq_event_tenant_id_stream_type_stream_i_0a1b2c3d_102011", ("input", "version")),
        ("uq_nothing_102033", None),
    ],
)
def test_constraint_of_a_shard_is_that_of_its_table(name: str, field: tuple[str, ...] | None) -> None:
    """The message of Citus has the name that the constraint has on the shard."""
    error = Exception(f'duplicate key value violates unique constraint "{name}"')
    rejection = build_rejection(IntegrityError("INSERT", None, error))
    assert (None if rejection is None else rejection.problems[0].field) == field
