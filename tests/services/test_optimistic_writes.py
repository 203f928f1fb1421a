"""Optimistic units of work: PostgreSQL confirms the principal and the writes in the message that commits."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event, select

from database.engine import Database
from models import Membership, Product, Project, Session, Task, Team, Tenant, User
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from queries.scope import visible
from services.core import records
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from tests.services.use_case_helpers import UseCaseFailed, list_team_names, run_as_member
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.only("postgresql")
TASK = {"title": "Dig", "description": "It's; \\ 'quoted' \u2028", "dueDate": "2027-03-01"}
USER, MEMBERSHIP, SESSION, TENANT = map(table_of, (User, Membership, Session, Tenant))
LOSSES: dict[str, Callable[[User], Any]] = {
    "role": lambda user: MEMBERSHIP.update().where(MEMBERSHIP.c.user_id == user.id).values(role=Role.MEMBER),
    "membership": lambda user: MEMBERSHIP.delete().where(MEMBERSHIP.c.user_id == user.id),
    "tenant": lambda _: TENANT.update().where(TENANT.c.slug == "here").values(closed_at=utc_now()),
    "account": lambda user: USER.update().where(USER.c.id == user.id).values(is_active=False),
    "session": lambda user: SESSION.update().where(SESSION.c.user_id == user.id).values(revoked_at=utc_now()),
    "time": lambda user: SESSION.update().where(SESSION.c.user_id == user.id).values(expires_at=utc_now()),
}
"""What ends the access of an admin."""
IDENTITY = "EXECUTE allotment_require_session"


@contextmanager
def messages_of(database: Database) -> Iterator[list[str]]:
    """Record what is sent in the block, without the hashes in the names of prepared statements."""
    texts: list[str] = []

    def record(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        texts.append(re.sub(r"_[0-9a-f]{8}\b", "", text))

    engine = database.write_engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    yield texts
    event.remove(engine, "before_cursor_execute", record)


async def warm_up(app_fixture: AppFixture, role: Role = Role.MEMBER) -> Client:
    """Return a client whose identity is cached, after requests that have prepared the connection."""
    client = app_fixture.tenant.client(role)
    for number in range(2):
        (await client(documents.create("Team"), input={"name": f"{role} {number}"})).payload("createTeam")
    return client


async def test_creation_is_one_message(app_fixture: AppFixture) -> None:
    project = await app_fixture.tenant.create(Project)
    client = await warm_up(app_fixture)
    with messages_of(app_fixture.database) as messages:
        created = await client(documents.create("Task"), input={**TASK, "projectId": global_id(project)})
    assert created.payload("createTask")["task"]["description"] == TASK["description"]
    writes = "EXECUTE allotment_insert_task; EXECUTE allotment_insert_audit_entry; COMMIT"
    assert messages[0] == f"{IDENTITY}; {writes}"
    assert not any("insert" in message.lower() or "COMMIT" in message for message in messages[1:])


async def test_update_is_confirmed_with_its_first_statement(app_fixture: AppFixture) -> None:
    task = await app_fixture.tenant.create(Task)
    client = await warm_up(app_fixture)
    with messages_of(app_fixture.database) as messages:
        await client(documents.update("Task"), id=global_id(task), input={"title": "Dig"})
    begin, select_row, commit, *_reads = messages
    assert begin == IDENTITY
    assert select_row.endswith("FOR UPDATE")
    assert commit == "EXECUTE allotment_update_task; EXECUTE allotment_insert_audit_entry; COMMIT"


async def test_deletion_is_sent_with_the_commit(app_fixture: AppFixture) -> None:
    task = await app_fixture.tenant.create(Task)
    client = await warm_up(app_fixture)
    with messages_of(app_fixture.database) as messages:
        deleted = await client(documents.delete("Task"), id=global_id(task))
    assert deleted.payload("deleteTask")["deletedId"] == global_id(task)
    writes = "EXECUTE allotment_delete_task; EXECUTE allotment_insert_audit_entry; COMMIT"
    assert messages[-1] == writes
    assert await fetch_table(app_fixture.tenant, Task) == []


# What is not valid any more


@pytest.mark.parametrize("loss", LOSSES)
async def test_lost_access_is_refused_and_nothing_is_written(app_fixture: AppFixture, loss: str) -> None:
    product = await app_fixture.tenant.create(Product)
    client = await warm_up(app_fixture, Role.ADMIN)
    before = await fetch_table(app_fixture.tenant, Product)
    await app_fixture.execute_sql(LOSSES[loss](app_fixture.tenant.users[Role.ADMIN]))
    created = await client(documents.create("Product"), input={"name": "Spade", "price": "1.00"})
    assert [error["extensions"]["code"] for error in created.body["errors"]] in (["FORBIDDEN"], ["UNAUTHENTICATED"])
    updated = await client(documents.update("Product"), id=global_id(product), input={"name": "Spade"})
    assert [error["extensions"]["code"] for error in updated.body["errors"]] in (["FORBIDDEN"], ["UNAUTHENTICATED"])
    await app_fixture.execute_sql(TENANT.update().values(closed_at=None))
    assert await fetch_table(app_fixture.tenant, Product) == before


async def test_access_that_is_lost_after_the_first_message_is_not_that_of_the_next_one(
    app_fixture: AppFixture,
) -> None:
    """Only a transaction that has been confirmed may end with the access that it began with."""
    client = await warm_up(app_fixture, Role.ADMIN)
    await app_fixture.execute_sql(LOSSES["role"](app_fixture.tenant.users[Role.ADMIN]))
    answers = await asyncio.gather(
        *(client(documents.create("Product"), input={"name": f"Spade {n}", "price": "1.00"}) for n in range(5))
    )
    assert {error["extensions"]["code"] for answer in answers for error in answer.body["errors"]} == {"FORBIDDEN"}
    assert await fetch_table(app_fixture.tenant, Product) == []


async def test_denial_is_confirmed_before_it_is_answered(app_fixture: AppFixture) -> None:
    client = await warm_up(app_fixture)
    refused = await client(documents.create("Product"), input={"name": "Spade", "price": "1.00"})
    assert [error["extensions"]["code"] for error in refused.body["errors"]] == ["FORBIDDEN"]
    is_member = MEMBERSHIP.c.user_id == app_fixture.tenant.users[Role.MEMBER].id
    await app_fixture.execute_sql(MEMBERSHIP.update().where(is_member).values(role=Role.ADMIN))
    created = await client(documents.create("Product"), input={"name": "Spade", "price": "1.00"})
    assert created.payload("createProduct")["product"]["name"] == "Spade"


# What the database refuses


async def test_all_missing_references_are_reported(app_fixture: AppFixture) -> None:
    client, foreign = await warm_up(app_fixture), await app_fixture.other_tenant.create(Project)
    worker = public_id("worker", app_fixture.tenant.id)
    missing = {"projectId": global_id(foreign), "assigneeId": worker}
    rejected = await client(documents.create("Task"), input=TASK | missing)
    errors = [(error["code"], error["field"]) for error in rejected.body["data"]["createTask"]["userErrors"]]
    assert errors == [("NOT_FOUND", ["input", "projectId"]), ("NOT_FOUND", ["input", "assigneeId"])]
    assert await fetch_table(app_fixture.tenant, Task) == []


async def test_one_of_two_creations_takes_the_name(app_fixture: AppFixture) -> None:
    client = await warm_up(app_fixture)
    answers = await asyncio.gather(*(client(documents.create("Team"), input={"name": "Diggers"}) for _ in range(4)))
    payloads = [answer.body["data"]["createTeam"] for answer in answers]
    assert sum(payload["team"] is not None for payload in payloads) == 1
    codes = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert codes == ["TAKEN"] * 3
    assert (await list_team_names(app_fixture.tenant)).count("Diggers") == 1


async def test_rejection_that_a_savepoint_undoes_is_that_of_its_statement(app_fixture: AppFixture) -> None:
    await warm_up(app_fixture)
    await app_fixture.tenant.create(Team, name="Diggers")
    attempts = []

    async def create_another(work: UnitOfWork) -> None:
        attempts.append(work.is_optimistic)
        with suppress(Rejected):
            async with work.savepoint():
                await records.create(work, Team, {"name": "Diggers"})
        await records.create(work, Team, {"name": "Other diggers"})

    await run_as_member(app_fixture.tenant, create_another)
    await run_as_member(app_fixture.tenant, lambda work: records.create(work, Team, {"name": "Third diggers"}))
    assert len(attempts) == 1
    assert [name for name in await list_team_names(app_fixture.tenant) if "iggers" in name] == [
        "Diggers",
        "Other diggers",
        "Third diggers",
    ]


async def test_failure_after_a_write_is_confirmed_and_rolled_back(app_fixture: AppFixture) -> None:
    attempts = []

    async def fail(work: UnitOfWork) -> None:
        await records.create(work, Team, {"name": "Diggers"})
        attempts.append(work.is_optimistic)
        raise UseCaseFailed

    for _ in range(3):
        with pytest.raises(UseCaseFailed):
            await run_as_member(app_fixture.tenant, fail)
    assert attempts[-2:] == [True, False]
    assert await list_team_names(app_fixture.tenant) == []


async def test_write_of_a_changed_version_is_repeated(app_fixture: AppFixture) -> None:
    """Another transaction changes the row after this one has read it without a lock."""
    await warm_up(app_fixture)
    team = await app_fixture.tenant.create(Team, name="Diggers")
    attempts = []

    async def rename(work: UnitOfWork) -> None:
        table = table_of(Team)
        (entity,) = await work.entities(Team, select(table).where(visible(table), table.c.id == team.id))
        attempts.append(entity.name)
        if len(attempts) == 1:
            await app_fixture.tenant.run_use_case(lambda other: records.update(other, Team, team.id, {"name": "First"}))
        entity.name = f"{entity.name} and second"

    await run_as_member(app_fixture.tenant, rename)
    assert attempts == ["Diggers", "First", "First"][: len(attempts)]
    assert "First and second" in await list_team_names(app_fixture.tenant)


async def test_deletion_of_a_changed_version_is_repeated(app_fixture: AppFixture) -> None:
    """Another transaction changes the row after this one has read it without a lock."""
    await warm_up(app_fixture)
    team = await app_fixture.tenant.create(Team, name="Diggers")
    attempts = []

    async def delete(work: UnitOfWork) -> None:
        table = table_of(Team)
        (entity,) = await work.entities(Team, select(table).where(visible(table), table.c.id == team.id))
        attempts.append(entity.name)
        if len(attempts) == 1:
            await app_fixture.tenant.run_use_case(lambda other: records.update(other, Team, team.id, {"name": "First"}))
        await work.delete(entity)

    await run_as_member(app_fixture.tenant, delete)
    assert attempts == ["Diggers", "First", "First"][: len(attempts)]
    assert "First" not in await list_team_names(app_fixture.tenant)


async def test_statement_sees_the_writes_before_it(app_fixture: AppFixture) -> None:
    await warm_up(app_fixture)

    async def create_and_count(work: UnitOfWork) -> int:
        await records.create(work, Team, {"name": "Diggers"})
        return await records.count(work, Team, name="Diggers")

    with messages_of(app_fixture.database) as messages:
        assert await run_as_member(app_fixture.tenant, create_and_count) == 1
    assert messages[-1] == "EXECUTE allotment_insert_audit_entry; COMMIT"


async def test_value_that_the_message_cannot_contain_is_a_parameter(app_fixture: AppFixture) -> None:
    client = await warm_up(app_fixture)
    long = "x" * 100
    created = await client(documents.create("Team"), input={"name": long})
    assert created.payload("createTeam")["team"]["name"] == long

    async def insert(work: UnitOfWork) -> None:
        await work.add(Team(name="N\0ul"))  # type: ignore[call-arg]

    with pytest.raises(Exception, match="0x00"):
        await run_as_member(app_fixture.tenant, insert)
    assert "N" not in await list_team_names(app_fixture.tenant)
