"""Updating many objects of every noun that has a bulk mutation for it."""

from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from models import Project, Task, Worker
from models.ids import new_id, public_id
from tests.api.nouns import for_nouns_that
from tests.harness.statement_counter import StatementCounter
from tests.support import bulk_documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.noun_client import NounClient
from tests.support.noun_spec import NounSpec
from tests.support.sample_data import fetch_table

BULK_UPDATE_TASKS = bulk_documents.bulk_update("Task")
BULK_UPDATE_WORKERS = bulk_documents.bulk_update("Worker")
POLICIES = ["REJECT_ALL", "SKIP_FAILED"]


def errors_of(payload: dict[str, Any]) -> dict[int, list[tuple[str, list[str]]]]:
    """Return code and path of the errors of each rejected row."""
    return {
        row["index"]: [(error["code"], error["field"]) for error in row["userErrors"]]
        for row in payload["results"]
        if row["userErrors"]
    }


async def create_tasks(app_fixture: AppFixture, count: int, **values: Any) -> list[str]:
    """Create tasks and return their global ids."""
    return [global_id(await app_fixture.tenant.create(Task, **values)) for _ in range(count)]


def relations_to_itself(spec: NounSpec) -> set[str]:
    """Return the fields with objects of the same noun, which the update changes too."""
    relations = spec.model.relations.items()
    return {to_camel_case(name) for name, relation in relations if relation.table == spec.model.__tablename__}


@for_nouns_that(lambda spec: spec.has_bulk("update"))
async def test_each_object_gets_its_own_values_and_a_new_version(noun: NounClient) -> None:
    spec = noun.spec
    before = [await noun.read(id) for id in noun.ids]
    changes: list[dict[str, Any]] = [spec.change(number) for number in range(3)]
    ids = noun.ids[::-1]
    updates = [{"id": id, "input": change} for id, change in zip(ids, changes, strict=True)]
    response = await noun.client(bulk_documents.bulk_update(spec.type_name), updates=updates)
    payload = response.payload(spec.bulk_name("update"))
    assert (payload["succeeded"], payload["failed"]) == (3, 0)
    for row, id, change, old in zip(payload["results"], ids, changes, reversed(before), strict=True):
        assert old is not None
        updated = row[spec.field_name]
        own = {"updatedAt", "version", "history", *relations_to_itself(spec)}
        assert updated == await noun.read(id)
        assert updated == {**old, **change, **{name: updated[name] for name in own & updated.keys()}}
        assert updated["version"] == old["version"] + 1


@for_nouns_that(lambda spec: spec.has_bulk("update") and not spec.unique_groups)
async def test_all_selected_objects_get_the_same_values(noun: NounClient) -> None:
    spec, change = noun.spec, noun.spec.change(1)
    for selection in ({"ids": noun.ids}, {"where": {"id": {"in": noun.ids}}, "maximum": 3}):
        response = await noun.client(bulk_documents.bulk_update(spec.type_name), input=change, **selection)
        payload = response.payload(spec.bulk_name("update"))
        assert [row[spec.field_name]["id"] for row in payload["results"]] == noun.ids
        assert [spec.visible_part(row[spec.field_name], change) for row in payload["results"]] == [change] * 3
    assert {row["version"] for row in (await noun.stored_rows()).values()} == {2}  # the second change is none


@pytest.mark.slow
@for_nouns_that(lambda spec: spec.has_bulk("update"))
async def test_number_of_statements_does_not_depend_on_the_number_of_rows(
    noun: NounClient, statement_counter: StatementCounter
) -> None:
    spec, name = noun.spec, noun.spec.bulk_name("update")
    inputs = [spec.input(number, noun.sample_data.rows) for number in range(1000, 2000)]
    created = await noun.client(
        f"mutation ($inputs: [Create{spec.type_name}Input!]!) {{ {spec.bulk_name('create')}(inputs: $inputs)"
        f" {{ userErrors {{ code }} results {{ {spec.field_name} {{ id }} }} }} }}",
        inputs=inputs,
    )
    ids = [row[spec.field_name]["id"] for row in created.payload(spec.bulk_name("create"))["results"]]
    document = (
        f"mutation ($updates: [BulkUpdate{spec.type_name}Input!]) {{ {name}(updates: $updates)"
        " { succeeded userErrors { code field } } }"
    )
    counts = []
    for count in (10, 1000):
        updates = [{"id": id, "input": spec.change(2000 + number)} for number, id in enumerate(ids[:count])]
        with statement_counter:
            response = await noun.client(document, updates=updates)
        assert response.payload(name)["succeeded"] == count
        counts.append(statement_counter.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("policy", POLICIES)
async def test_errors_of_all_rows_are_reported_at_their_positions(
    policy: str, member_client: Client, app_fixture: AppFixture
) -> None:
    ids = await create_tasks(app_fixture, 5, title="Old")
    foreign_task = global_id(await app_fixture.other_tenant.create(Task))
    foreign_project = global_id(await app_fixture.other_tenant.create(Project))
    updates: list[dict[str, Any]] = [
        {"id": ids[0], "input": {"title": "New"}},
        {"id": ids[1], "input": {"title": ""}},
        {"id": foreign_task, "input": {"title": "New"}},
        {"id": public_id("task", new_id()), "input": {"title": "New"}},
        {"id": ids[2], "input": {"projectId": foreign_project}},
        {"id": ids[3], "input": {"title": "New"}, "expectedVersion": 2},
        {"id": ids[4], "input": {"title": "New"}, "expectedVersion": 1},
        {"id": ids[0], "input": {"title": "Again"}},
    ]
    response = await member_client(BULK_UPDATE_TASKS, updates=updates, errorPolicy=policy)
    payload = response.data["bulkUpdateTasks"]
    assert errors_of(payload) == {
        1: [("TOO_SHORT", ["updates", "1", "input", "title"])],
        2: [("NOT_FOUND", ["updates", "2", "id"])],
        3: [("NOT_FOUND", ["updates", "3", "id"])],
        4: [("NOT_FOUND", ["updates", "4", "input", "projectId"])],
        5: [("CONFLICT", ["updates", "5", "expectedVersion"])],
        7: [("INVALID", ["updates", "7", "id"])],
    }
    assert (payload["results"][5]["task"]["id"], payload["results"][5]["task"]["title"]) == (ids[3], "Old")
    titles = {global_id_of(row["id"]): row["title"] for row in await fetch_table(app_fixture.tenant, Task)}
    changed = [ids[0], ids[4]] if policy == "SKIP_FAILED" else []
    assert {id for id, title in titles.items() if title == "New"} == set(changed)
    assert (payload["succeeded"], len(response.user_errors("bulkUpdateTasks"))) == (
        len(changed),
        0 if changed else 6,
    )


def global_id_of(id: Any) -> str:
    """Return the global id of a task."""
    return public_id("task", id)


async def test_errors_in_the_values_of_all_are_reported_once(member_client: Client, app_fixture: AppFixture) -> None:
    ids = await create_tasks(app_fixture, 2)
    foreign_project = global_id(await app_fixture.other_tenant.create(Project))
    for input, error in (
        ({"title": ""}, ("TOO_SHORT", ["input", "title"])),
        ({"projectId": foreign_project}, ("NOT_FOUND", ["input", "projectId"])),
    ):
        for policy in POLICIES:
            response = await member_client(BULK_UPDATE_TASKS, ids=ids, input=input, errorPolicy=policy)
            assert response.user_errors("bulkUpdateTasks") == [error]
            assert response.data["bulkUpdateTasks"]["results"] is None


@pytest.mark.parametrize("policy", POLICIES)
async def test_unique_values_are_compared_with_other_rows(
    policy: str, member_client: Client, app_fixture: AppFixture
) -> None:
    workers = [await app_fixture.tenant.create(Worker, email=f"{letter}@here.test") for letter in "abcd"]
    a, b, c, d = map(global_id, workers)
    updates = [
        {"id": a, "input": {"email": "a@here.test", "name": "New"}},
        {"id": b, "input": {"email": "d@here.test"}},
        {"id": c, "input": {"email": "e@here.test"}},
        {"id": d, "input": {"email": "E@here.test"}},
    ]
    response = await member_client(BULK_UPDATE_WORKERS, updates=updates, errorPolicy=policy)
    assert errors_of(response.data["bulkUpdateWorkers"]) == {
        index: [("TAKEN", ["updates", str(index), "input", "email"])] for index in (1, 3)
    }
    stored = sorted(row["email"] for row in await fetch_table(app_fixture.tenant, Worker))
    changed = ["a@here.test", "b@here.test", "d@here.test", "e@here.test"]
    assert stored == (changed if policy == "SKIP_FAILED" else [f"{letter}@here.test" for letter in "abcd"])


async def test_repeated_request_returns_the_stored_results(member_client: Client, app_fixture: AppFixture) -> None:
    ids = await create_tasks(app_fixture, 3)
    updates = [{"id": id, "input": {"title": "" if id == ids[1] else "New"}} for id in ids]
    client = with_key(member_client)
    first, second = [await client(BULK_UPDATE_TASKS, updates=updates, errorPolicy="SKIP_FAILED") for _ in range(2)]
    assert (second.body, is_replay(first), is_replay(second)) == (first.body, False, True)
    versions = sorted(row["version"] for row in await fetch_table(app_fixture.tenant, Task))
    assert versions == [1, 2, 2]


async def test_rejected_row_takes_no_unique_value_from_another_row(
    app_fixture: AppFixture, member_client: Client
) -> None:
    first, second = [
        global_id(await app_fixture.tenant.create(Worker, name=name, email=f"{name}@here.test")) for name in ("a", "b")
    ]
    updates = [{"id": first, "input": {"email": "b@here.test"}}, {"id": second, "input": {"name": "Renamed"}}]
    response = await member_client(BULK_UPDATE_WORKERS, updates=updates, errorPolicy="SKIP_FAILED")
    payload = response.payload("bulkUpdateWorkers")
    assert errors_of(payload) == {0: [("TAKEN", ["updates", "0", "input", "email"])]}
    assert [row["worker"]["id"] for row in payload["results"]] == [first, second]
    assert [row["worker"]["name"] for row in payload["results"]] == ["a", "Renamed"]


async def test_empty_filter_is_refused(app_fixture: AppFixture, member_client: Client) -> None:
    await create_tasks(app_fixture, 2)
    response = await member_client(BULK_UPDATE_TASKS, where={}, maximum=1000, input={"title": "All"})
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert "`where` is empty" in response.body["errors"][0]["message"]
