"""Documents that make no sense, or are too deep, too long or go round in circles: refused clearly, and in time."""

import asyncio
from typing import Any

import httpx
import pytest

from models import Task
from server.app import create_app
from server.settings import Settings
from tests.support import documents
from tests.support.client import Client
from tests.support.closing import close
from tests.support.enemy import PATIENCE, Enemy
from tests.support.scene import stored
from tests.support.world import World

CREATE = documents.create("Task")
TASKS = documents.many("Task")
DIG = 'createTask(input: {title: "Dig"})'


# Depth and size


async def test_what_is_nested_too_deeply_is_refused(enemy: Enemy) -> None:
    for depth in (300, 900):
        where: dict[str, Any] = {}
        for _ in range(depth):
            where = {"not": where}
        await enemy.refused(TASKS, where=where)
    for query in (
        "{ a" * 5000 + "}" * 5000,
        "{ a" * 1300 + "}" * 1300,
        "{ a" * 5000,
        "{ nodes(ids: " + "[" * 1900 + "]" * 1900 + ") { id } }",
        "{ tasks(where: " + "{not: " * 500 + "{}" + "}" * 500 + ") { totalCount } }",
        "query ($a: " + "[" * 1300 + "Int" + "]" * 1300 + ") { viewer { id } }",
        "{ viewer { " + "... { " * 1000 + "id" + "}" * 1000 + "} }",
    ):
        await enemy.refused(query)


async def test_a_filter_that_is_a_little_too_deep_is_refused_in_its_place(enemy: Enemy) -> None:
    where: dict[str, Any] = {}
    for _ in range(7):
        where = {"not": where}
    answer = await enemy(TASKS, where=where)
    assert answer.body["data"] == {"tasks": None}


async def test_a_query_that_is_deep_and_sensible_is_answered(member: Client) -> None:
    query = "{ viewer { " + "memberships { nodes { user { " * 15 + "id" + " } } }" * 15 + " } }"
    assert (await member(query)).data["viewer"]


async def test_floods_are_refused(enemy: Enemy) -> None:
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
        f"mutation {{ {' '.join(f'a{n}: {DIG} {{ task {{ id }} }}' for n in range(1_000))} }}",
        "{ viewer { id } }" + " fragment F on User { id }" * 10_000,
        "{ viewer { id " + "@include(if: true) " * 5_000 + "} }",
    ):
        assert len(await enemy.refused(query)) < 2_000_000


async def test_an_operation_of_many_mutations_is_refused_as_a_whole(enemy: Enemy) -> None:
    await enemy.refused(f"mutation {{ {' '.join(f'a{n}: {DIG} {{ task {{ id }} }}' for n in range(300))} bad }}")


async def test_fragments_that_go_round_in_circles_are_refused(enemy: Enemy) -> None:
    for query in (
        "{ viewer { ...A } } fragment A on User { ...A }",
        "{ viewer { ...A } } fragment A on User { ...B } fragment B on User { id ...A }",
        "{ viewer { ...A } } fragment A on User { memberships { nodes { user { ...A } } } }",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
        "{ viewer { ...Nothing } }",
        "{ viewer { ... on Task { id } } }",
    ):
        await enemy.refused(query)


async def test_fragments_that_double_again_and_again_are_answered_in_time(member: Client) -> None:
    chain = " ".join(f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    async with asyncio.timeout(PATIENCE):
        answer = await member(f"{{ viewer {{ ...F0 }} }} {chain} fragment F60 on User {{ email }}")
    assert answer.data == {"viewer": {"email": "member@here.test"}}


async def test_huge_lists_are_refused(enemy: Enemy) -> None:
    await enemy(documents.NODES, ids=["x"] * 80_000)
    await enemy(TASKS, where={"title": {"in": ["x"] * 80_000}})
    await enemy(TASKS, where={"or": [{}] * 80_000})
    await enemy(TASKS, where={"title": {"contains": "x" * 900_000}})
    await enemy(TASKS, where={"or": [{"or": [{}] * 500}] * 500})
    await enemy(TASKS, orderBy=[{"field": "TITLE"}] * 1_000)
    await enemy(TASKS, orderBy=[{"field": "TITLE"}] * 11)


async def test_fields_that_are_repeated_again_and_again_are_refused_in_time(enemy: Enemy) -> None:
    spreads = " ".join(f"fragment F{n} on User {{ id }}" for n in range(400))
    doubled = "{ a: viewer { id } b: viewer { id } }"
    for query in (
        "{ viewer { " + "id " * 3_900 + "} }",
        "{ " + "viewer { id } " * 900 + "}",
        "{ viewer { " + "... { id } " * 800 + "} }",
        "{ viewer { " + " ".join(f"...F{n}" for n in range(400)) + " } } " + spreads,
        "{ viewer { " + "memberships { nodes { user { " * 40 + "id" + " } } }" * 40 + " } }",
        "{ ...F0 } " + " ".join(f"fragment F{n} on Query {doubled[:-2]} ...F{n + 1} }}" for n in range(120)),
    ):
        await enemy.refused(query)


async def test_long_lists_in_mutations_are_user_errors(member: Client, world: World) -> None:
    answer = await member(documents.ASSIGN, taskId="x", workerIds=["x"] * 1_000)
    assert answer.refusals("assignWorkers") == [("TOO_LONG", ["workerIds"])]
    answer = await member(CREATE, input={"title": "x" * 900_000})
    assert answer.refusals("createTask") == [("TOO_LONG", ["input", "title"])]
    assert await stored(world.here, Task) == []


async def test_empty_lists_are_understood(member: Client) -> None:
    await member(CREATE, input={"title": "Dig"})
    for where, total in (
        ({"and": []}, 1),
        ({"or": []}, 0),
        ({}, 1),
        *(({field: {"in": []}}, 0) for field in ("id", "title", "status", "dueDate", "createdAt", "projectId")),
        *(({"not": {field: {"in": []}}}, 1) for field in ("id", "status", "dueDate")),
    ):
        answer = await member(TASKS, where=where, orderBy=[])
        assert (where, answer.data["tasks"]["totalCount"]) == (where, total)


# Documents


async def test_documents_that_make_no_sense_are_refused(enemy: Enemy) -> None:
    for query in (
        "x",
        "{",
        "}",
        "{ viewer }",
        "{ viewer { id { id } } }",
        "{ nothing }",
        "{ viewer { id email: fullName email } }",
        "{ task { id } }",
        "{ task(id: $id) { id } }",
        "{ task(id: null) { id } }",
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
        await enemy.refused(query)


MISSPELT = (
    "{ viever { id } }",
    "{ tasks(orderBy: {field: TITEL}) { totalCount } }",
    "{ tasks(frist: 1) { totalCount } }",
)


@pytest.mark.parametrize("introspection", [True, False])
async def test_what_is_meant_is_suggested_where_the_schema_may_be_read(settings: Settings, introspection: Any) -> None:
    app = create_app(settings.model_copy(update={"introspection": introspection}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        for query in MISSPELT:
            answer = await Client(http)(query)
            assert answer.codes == ["BAD_USER_INPUT"]
            assert ("Did you mean" in answer.body["errors"][0]["message"]) is introspection
        assert ("data" in (await Client(http)("{ __schema { types { name } } }")).body) is introspection
    await close(app)


async def test_long_names_are_not_thrown_back_at_length(enemy: Enemy) -> None:
    document = "{ viewer { " + " ".join(f"{'a' * 5000}{n}" for n in range(100)) + " } }"
    answer = await enemy(document)
    assert len(answer.body["errors"]) <= 21
