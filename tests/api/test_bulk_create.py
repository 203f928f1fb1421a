"""Creating many objects of every noun that has a bulk mutation for it."""

from typing import Any

import pytest

from models import Project, Task
from models.ids import new_id, public_id
from tests.api.nouns import for_nouns_that
from tests.harness.statement_counter import StatementCounter
from tests.support import bulk_documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.noun_client import NounClient
from tests.support.sample_data import fetch_table

BULK_CREATE_TASKS = bulk_documents.bulk_create("Task")


def tasks(count: int, **others: Any) -> list[dict[str, Any]]:
    """Return inputs of tasks."""
    return [{"title": f"Task {n}", **others} for n in range(count)]


async def create_tasks(client: Client, inputs: Any, policy: str = "REJECT_ALL") -> dict[str, Any]:
    """Create tasks and return the payload."""
    response = await client(BULK_CREATE_TASKS, inputs=inputs, errorPolicy=policy)
    payload: dict[str, Any] = response.data["bulkCreateTasks"]
    return payload


def errors_of(errors: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return code and path of user errors."""
    return [(error["code"], error["field"]) for error in errors]


@for_nouns_that(lambda spec: spec.has_bulk("create"))
async def test_created_objects_have_the_given_values_in_order(noun: NounClient) -> None:
    spec, inputs = noun.spec, [noun.input(number) for number in range(7, 12)]
    response = await noun.client(bulk_documents.bulk_create(spec.type_name), inputs=inputs)
    payload = response.payload(spec.bulk_name("create"))
    assert (payload["succeeded"], payload["failed"]) == (5, 0)
    assert [row["index"] for row in payload["results"]] == list(range(5))
    for row, input in zip(payload["results"], inputs, strict=True):
        created, expected = row[spec.field_name], spec.expected(input)
        assert spec.visible_part(created, expected) == expected
        assert (created["version"], row["userErrors"]) == (1, [])
        assert await noun.read(created["id"]) == created
    assert len(await noun.stored_rows()) == 8


@for_nouns_that(lambda spec: spec.has_bulk("create"))
async def test_number_of_statements_does_not_depend_on_the_number_of_rows(
    noun: NounClient, statement_counter: StatementCounter
) -> None:
    name, input_type = noun.spec.bulk_name("create"), f"Create{noun.spec.type_name}Input"
    payload = "{ succeeded userErrors { code field } }"
    document = f"mutation ($inputs: [{input_type}!]!) {{ {name}(inputs: $inputs) {payload} }}"
    counts = []
    await noun.client.lease_cost_points()
    for first, count in ((100, 10), (1000, 1000)):
        inputs = [noun.input(number) for number in range(first, first + count)]
        with statement_counter:
            response = await noun.client(document, inputs=inputs)
        assert response.payload(name)["succeeded"] == count
        counts.append(statement_counter.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("policy", ["REJECT_ALL", "SKIP_FAILED"])
async def test_errors_of_all_rows_are_reported_at_their_positions(
    policy: str, member_client: Client, app_fixture: AppFixture
) -> None:
    foreign_id = global_id(await app_fixture.other_tenant.create(Project))
    inputs = tasks(6)
    inputs[1] |= {"title": ""}
    inputs[3] |= {"title": "x" * 201, "description": "x" * 2001}
    inputs[4] |= {"projectId": foreign_id, "assigneeId": public_id("worker", new_id())}
    payload = await create_tasks(member_client, inputs, policy)
    expected = {
        1: [("TOO_SHORT", ["inputs", "1", "title"])],
        3: [("TOO_LONG", ["inputs", "3", "title"]), ("TOO_LONG", ["inputs", "3", "description"])],
        4: [("NOT_FOUND", ["inputs", "4", "projectId"]), ("NOT_FOUND", ["inputs", "4", "assigneeId"])],
    }
    assert {row["index"]: errors_of(row["userErrors"]) for row in payload["results"] if row["userErrors"]} == expected
    written = [row["index"] for row in payload["results"] if row["task"]]
    stored = sorted(row["title"] for row in await fetch_table(app_fixture.tenant, Task))
    if policy == "REJECT_ALL":
        assert errors_of(payload["userErrors"]) == [error for errors in expected.values() for error in errors]
        assert (payload["succeeded"], payload["failed"], written, stored) == (0, 3, [], [])
    else:
        assert (payload["userErrors"], payload["succeeded"], payload["failed"]) == ([], 3, 3)
        assert (written, stored) == ([0, 2, 5], ["Task 0", "Task 2", "Task 5"])


async def test_number_of_rows_is_limited(member_client: Client, app_fixture: AppFixture) -> None:
    assert errors_of((await create_tasks(member_client, []))["userErrors"]) == [("TOO_SHORT", ["inputs"])]
    assert (await member_client(BULK_CREATE_TASKS, inputs=tasks(1001))).error_codes == ["BAD_USER_INPUT"]
    assert await fetch_table(app_fixture.tenant, Task) == []


@pytest.mark.parametrize("policy", ["REJECT_ALL", "SKIP_FAILED"])
async def test_repeated_request_returns_the_stored_results(
    policy: str, member_client: Client, app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    client, inputs = with_key(member_client), tasks(20)
    inputs[3] |= {"title": "" if policy == "SKIP_FAILED" else "valid"}
    variables = {"inputs": inputs, "errorPolicy": policy}
    first = await client(BULK_CREATE_TASKS, **variables)
    with statement_counter:
        second = await client(BULK_CREATE_TASKS, **variables)
    assert second.body == first.body
    assert (is_replay(first), is_replay(second)) == (False, True)
    assert len(await fetch_table(app_fixture.tenant, Task)) == (19 if policy == "SKIP_FAILED" else 20)
    statement_counter.assert_budget(11)  # on PostgreSQL, an optimistic claim is refused first


@pytest.mark.parametrize("policy", ["REJECT_ALL", "SKIP_FAILED"])
async def test_each_row_costs_a_point_even_if_no_result_is_selected(policy: str, member_client: Client) -> None:
    document = f"mutation ($inputs: [CreateTaskInput!]!) {{ bulkCreateTasks(inputs: $inputs, errorPolicy: {policy})"
    client = member_client.with_headers(**{"X-GraphQL-Cost": "include"})
    for selection, points in (("{ succeeded }", 0), ("{ results { index task { id } } }", 20)):
        response = await client(f"{document} {selection} }}", inputs=tasks(10))
        cost = response.body["extensions"]["cost"]
        assert (cost["requested"], cost["actual"]) == (22 + points,) * 2  # operation, mutation, payload and rows


async def test_largest_mutation_is_permitted(member_client: Client) -> None:
    response = await member_client(BULK_CREATE_TASKS, inputs=tasks(1000))
    assert response.payload("bulkCreateTasks")["succeeded"] == 1000
