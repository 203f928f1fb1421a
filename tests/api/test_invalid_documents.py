"""Invalid documents, and documents that exceed limits of depth, size or complexity, are rejected quickly."""

import asyncio
from typing import Any

import httpx
import pytest

from models import Task
from server.app import create_app
from server.config.settings import Settings
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.bad_input_client import TIMEOUT_SECONDS, BadInputClient
from tests.support.client import Client
from tests.support.sample_data import fetch_table

CREATE_TASK = documents.create("Task")
TASKS = documents.connection("Task")
CREATE_TASK_FIELD = 'createTask(input: {title: "Dig"})'


# Depth and size


@pytest.mark.only("sqlite")
async def test_deeply_nested_input_is_rejected(bad_input_client: BadInputClient) -> None:
    for depth in (300, 900):
        where: dict[str, Any] = {}
        for _ in range(depth):
            where = {"not": where}
        await bad_input_client.assert_request_error(TASKS, where=where)
    for query in (
        "{ a" * 5000 + "}" * 5000,
        "{ a" * 1300 + "}" * 1300,
        "{ a" * 5000,
        "{ nodes(ids: " + "[" * 1900 + "]" * 1900 + ") { id } }",
        "{ tasks(where: " + "{not: " * 500 + "{}" + "}" * 500 + ") { totalCount } }",
        "query ($a: " + "[" * 1300 + "Int" + "]" * 1300 + ") { viewer { id } }",
        "{ viewer { " + "... { " * 1000 + "id" + "}" * 1000 + "} }",
    ):
        await bad_input_client.assert_request_error(query)


async def test_slightly_too_deep_filter_is_field_error(bad_input_client: BadInputClient) -> None:
    where: dict[str, Any] = {}
    for _ in range(7):
        where = {"not": where}
    response = await bad_input_client(TASKS, where=where)
    assert response.body["data"] == {"tasks": None}


async def test_deep_valid_query_is_answered(member_client: Client) -> None:
    levels = "memberships(first: 2) { nodes { user { " * 4 + "memberships { totalCount }" + " } } }" * 4
    query = f"{{ viewer {{ {levels} }} }}"
    assert (await member_client(query)).data["viewer"]


@pytest.mark.only("sqlite")
async def test_oversized_documents_are_rejected(bad_input_client: BadInputClient) -> None:
    for query in (
        "{" * 1_000_000,
        "{ viewer { id " + "a " * 450_000 + "} }",
        "{ viewer { id " + "! " * 450_000 + "} }",
        "#" * 1_000_000,
        "," * 1_000_000,
        "{ viewer { " + "a" * 1_000_000 + " } }",
        '{ task(id: "' + "x" * 1_000_000,
        '{ task(id: """' + "\n" * 400_000,
        "query (" + "$a: Int " * 100_000 + ") { viewer { id } }",
        "{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(10_000)) + " }",
        f"mutation {{ {' '.join(f'a{n}: {CREATE_TASK_FIELD} {{ task {{ id }} }}' for n in range(1_000))} }}",
        "{ viewer { id } }" + " fragment F on User { id }" * 10_000,
        "{ viewer { id " + "@include(if: true) " * 5_000 + "} }",
    ):
        assert len(await bad_input_client.assert_request_error(query)) < 2_000_000


@pytest.mark.only("sqlite")
async def test_operation_with_too_many_mutations_is_rejected_as_a_whole(bad_input_client: BadInputClient) -> None:
    await bad_input_client.assert_request_error(
        f"mutation {{ {' '.join(f'a{n}: {CREATE_TASK_FIELD} {{ task {{ id }} }}' for n in range(300))} bad }}"
    )


@pytest.mark.only("sqlite")
async def test_cyclic_fragments_are_rejected(bad_input_client: BadInputClient) -> None:
    for query in (
        "{ viewer { ...A } } fragment A on User { ...A }",
        "{ viewer { ...A } } fragment A on User { ...B } fragment B on User { id ...A }",
        "{ viewer { ...A } } fragment A on User { memberships { nodes { user { ...A } } } }",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
        "{ viewer { ...Nothing } }",
        "{ viewer { ... on Task { id } } }",
    ):
        await bad_input_client.assert_request_error(query)


async def test_exponentially_nested_fragments_are_answered_in_time(member_client: Client) -> None:
    chain = " ".join(f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    async with asyncio.timeout(TIMEOUT_SECONDS):
        response = await member_client(f"{{ viewer {{ ...F0 }} }} {chain} fragment F60 on User {{ email }}")
    assert response.data == {"viewer": {"email": "member@here.test"}}


async def test_huge_lists_are_rejected(bad_input_client: BadInputClient) -> None:
    await bad_input_client(documents.NODES, ids=["x"] * 80_000)
    await bad_input_client(TASKS, where={"title": {"in": ["x"] * 80_000}})
    await bad_input_client(TASKS, where={"or": [{}] * 80_000})
    await bad_input_client(TASKS, where={"title": {"contains": "x" * 900_000}})
    await bad_input_client(TASKS, where={"or": [{"or": [{}] * 500}] * 500})
    await bad_input_client(TASKS, orderBy=[{"field": "TITLE"}] * 1_000)
    await bad_input_client(TASKS, orderBy=[{"field": "TITLE"}] * 11)


@pytest.mark.only("sqlite")
async def test_too_many_fields_are_rejected_in_time(bad_input_client: BadInputClient) -> None:
    spreads = " ".join(f"fragment F{n} on User {{ id }}" for n in range(400))
    two_viewers = "{ a: viewer { id } b: viewer { id } }"
    for query in (
        "{ viewer { " + "id " * 3_900 + "} }",
        "{ " + "viewer { id } " * 900 + "}",
        "{ viewer { " + "... { id } " * 800 + "} }",
        "{ viewer { " + " ".join(f"...F{n}" for n in range(400)) + " } } " + spreads,
        "{ viewer { " + "memberships { nodes { user { " * 40 + "id" + " } } }" * 40 + " } }",
        "{ ...F0 } " + " ".join(f"fragment F{n} on Query {two_viewers[:-2]} ...F{n + 1} }}" for n in range(120)),
    ):
        await bad_input_client.assert_request_error(query)


async def test_long_lists_in_mutations_are_user_errors(member_client: Client, app_fixture: AppFixture) -> None:
    response = await member_client(documents.ASSIGN_WORKERS, taskId="x", workerIds=["x"] * 1_000)
    assert response.user_errors("assignWorkers") == [("TOO_LONG", ["workerIds"])]
    response = await member_client(CREATE_TASK, input={"title": "x" * 900_000})
    assert response.user_errors("createTask") == [("TOO_LONG", ["input", "title"])]
    assert await fetch_table(app_fixture.tenant, Task) == []


async def test_empty_lists_are_accepted(member_client: Client) -> None:
    await member_client(CREATE_TASK, input={"title": "Dig"})
    for where, total in (
        ({"and": []}, 1),
        ({"or": []}, 0),
        ({}, 1),
        *(({field: {"in": []}}, 0) for field in ("id", "title", "status", "dueDate", "createdAt", "projectId")),
        *(({"not": {field: {"in": []}}}, 1) for field in ("id", "status", "dueDate")),
    ):
        response = await member_client(TASKS, where=where, orderBy=[])
        assert (where, response.data["tasks"]["totalCount"]) == (where, total)


# Documents


@pytest.mark.only("sqlite")
async def test_invalid_documents_are_rejected(bad_input_client: BadInputClient) -> None:
    for query in (
        "x",
        "{",
        "}",
        "{ viewer }",
        "{ viewer { id { id } } }",
        "{ nothing }",
        "{ viewer { id email: fullName email } }",
        "{ task(id: $id) { id } }",
        '{ task(id: "x", id: "y") { id } }',
        '{ task(id: "x", nothing: 1) { id } }',
        "query ($a: Nothing) { viewer { id } }",
        "query ($a: Task) { viewer { id } }",
        "query ($unused: Int) { viewer { id } }",
        "query ($a: Int, $a: Int) { tasks(first: $a) { totalCount } }",
        "query ($a: String) { tasks(first: $a) { totalCount } }",
        "{ viewer @nothing { id } }",
        "{ viewer @include { id } }",
        "{ viewer { id } } { viewer { id } }",
        "query A { viewer { id } } query A { viewer { id } }",
        "type Query { x: Int } { viewer { id } }",
        "\ufeff\ufeff{ viewer { id }",
        "mutation { createTask { task { id } } }",
        "{ createTask { id } }",
        'mutation { login(input: {email: "x"}) { accessToken } }',
    ):
        await bad_input_client.assert_request_error(query)


MISSPELLED_QUERIES = (
    "{ viever { id } }",
    "{ tasks(orderBy: {field: TITEL}) { totalCount } }",
    "{ tasks(frist: 1) { totalCount } }",
)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("introspection", [True, False])
async def test_suggestions_require_introspection(settings: Settings, introspection: Any) -> None:
    app = create_app(settings.model_copy(update={"introspection": introspection}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        for query in MISSPELLED_QUERIES:
            response = await Client(http)(query)
            assert response.error_codes == ["BAD_USER_INPUT"]
            assert ("Did you mean" in response.body["errors"][0]["message"]) is introspection
        assert ("data" in (await Client(http)("{ __schema { types { name } } }")).body) is introspection
    await shut_down(app)


@pytest.mark.only("sqlite")
async def test_long_names_are_not_repeated_in_full(bad_input_client: BadInputClient) -> None:
    document = "{ viewer { " + " ".join(f"{'a' * 5000}{n}" for n in range(100)) + " } }"
    response = await bad_input_client(document)
    assert len(response.body["errors"]) <= 21
