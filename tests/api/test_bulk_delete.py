"""Deleting many objects of every noun that has a bulk mutation for it."""

from typing import Any

import pytest

from models import AuditEntry, Task, TaskWorker, Worker
from models.ids import new_id, public_id
from tests.api.nouns import for_nouns_that
from tests.harness.statement_counter import StatementCounter
from tests.support import bulk_documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.noun_client import NounClient
from tests.support.sample_data import SampleData, fetch_table

BULK_DELETE_TASKS = bulk_documents.bulk_delete("Task")
BULK_DELETE_WORKERS = bulk_documents.bulk_delete("Worker")
POLICIES = ["REJECT_ALL", "SKIP_FAILED"]


@for_nouns_that(lambda spec: spec.has_bulk("delete"))
async def test_deleted_objects_are_gone(noun: NounClient) -> None:
    spec, ids = noun.spec, noun.ids[:2]
    response = await noun.client(bulk_documents.bulk_delete(spec.type_name), ids=list(reversed(ids)))
    payload = response.payload(spec.bulk_name("delete"))
    assert [row["deletedId"] for row in payload["results"]] == list(reversed(ids))
    assert (payload["succeeded"], payload["failed"]) == (2, 0)
    assert [await noun.read(id) for id in noun.ids[:2]] == [None, None]
    assert await noun.read(noun.ids[2]) is not None


@pytest.mark.slow
@for_nouns_that(lambda spec: spec.has_bulk("delete"))
async def test_number_of_statements_does_not_depend_on_the_number_of_rows(
    noun: NounClient, statement_counter: StatementCounter
) -> None:
    spec, name = noun.spec, noun.spec.bulk_name("delete")
    inputs = [spec.input(number, noun.sample_data.rows) for number in range(1000, 2000)]
    created = await noun.client(
        f"mutation ($inputs: [Create{spec.type_name}Input!]!) {{ {spec.bulk_name('create')}(inputs: $inputs)"
        f" {{ userErrors {{ code }} results {{ {spec.field_name} {{ id }} }} }} }}",
        inputs=inputs,
    )
    ids = [row[spec.field_name]["id"] for row in created.payload(spec.bulk_name("create"))["results"]]
    document = f"mutation ($ids: [ID!]) {{ {name}(ids: $ids) {{ succeeded userErrors {{ code field }} }} }}"
    counts = []
    for selected in (ids[:10], ids[10:]):
        with statement_counter:
            response = await noun.client(document, ids=selected)
        assert response.payload(name)["succeeded"] == len(selected)
        counts.append(statement_counter.count)
    assert counts[0] == counts[1]


@pytest.mark.any_server
async def test_references_to_deleted_objects_are_cleared_and_audited(
    member_client: Client, sample_data: SampleData, app_fixture: AppFixture
) -> None:
    workers, tasks = sample_data.rows["worker"], sample_data.rows["task"]
    second = await app_fixture.tenant.create(Task, assignee_id=workers[1].id)
    (await member_client(BULK_DELETE_WORKERS, ids=sample_data.ids("Worker"))).payload("bulkDeleteWorkers")
    stored = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Task)}
    assert {row["assignee_id"] for row in stored.values()} == {None}
    assert (stored[second.id]["version"], stored[tasks[0].id]["version"]) == (2, 2)
    assert await fetch_table(app_fixture.tenant, TaskWorker) == []
    before = {
        entry["object_id"]: entry["before"]
        for entry in await fetch_table(app_fixture.tenant, AuditEntry)
        if entry["action"] == "UPDATED" and "assigneeId" in entry["before"]
    }
    assert before[second.id] == {"assigneeId": public_id("worker", workers[1].id)}
    assert before[tasks[0].id] == {"assigneeId": public_id("worker", workers[0].id)}


@pytest.mark.parametrize("policy", POLICIES)
async def test_errors_of_all_rows_are_reported_at_their_positions(
    policy: str, member_client: Client, app_fixture: AppFixture
) -> None:
    a, b, c = [global_id(await app_fixture.tenant.create(Task)) for _ in range(3)]
    foreign = global_id(await app_fixture.other_tenant.create(Task))
    deletions: list[dict[str, Any]] = [
        {"id": a, "expectedVersion": 1},
        {"id": foreign},
        {"id": public_id("task", new_id())},
        {"id": b, "expectedVersion": 7},
        {"id": c},
        {"id": c},
    ]
    response = await member_client(BULK_DELETE_TASKS, deletions=deletions, errorPolicy=policy)
    payload = response.data["bulkDeleteTasks"]
    errors = {row["index"]: [(each["code"], each["field"]) for each in row["userErrors"]] for row in payload["results"]}
    assert {index: found for index, found in errors.items() if found} == {
        1: [("NOT_FOUND", ["deletions", "1", "id"])],
        2: [("NOT_FOUND", ["deletions", "2", "id"])],
        3: [("CONFLICT", ["deletions", "3", "expectedVersion"])],
        5: [("INVALID", ["deletions", "5", "id"])],
    }
    assert payload["results"][3]["task"]["id"] == b
    deleted = [row["deletedId"] for row in payload["results"] if row["deletedId"]]
    assert deleted == ([a, c] if policy == "SKIP_FAILED" else [])
    stored = {public_id("task", row["id"]) for row in await fetch_table(app_fixture.tenant, Task)}
    assert stored == {a, b, c} - set(deleted)
    assert len(await fetch_table(app_fixture.other_tenant, Task)) == 1


async def test_ids_have_their_errors_at_their_positions(member_client: Client, app_fixture: AppFixture) -> None:
    id = global_id(await app_fixture.tenant.create(Task))
    response = await member_client(BULK_DELETE_TASKS, ids=[id, "nonsense", id])
    assert response.user_errors("bulkDeleteTasks") == [("NOT_FOUND", ["ids", "1"]), ("INVALID", ["ids", "2"])]


async def test_repeated_request_returns_the_stored_results(member_client: Client, app_fixture: AppFixture) -> None:
    ids = [global_id(await app_fixture.tenant.create(Worker)) for _ in range(3)]
    client = with_key(member_client)
    first, second = [await client(BULK_DELETE_WORKERS, ids=ids) for _ in range(2)]
    assert (second.body, is_replay(first), is_replay(second)) == (first.body, False, True)
    assert [row["deletedId"] for row in second.payload("bulkDeleteWorkers")["results"]] == ids
