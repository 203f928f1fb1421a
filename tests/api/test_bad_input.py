"""Values that make no sense: wrong types, text that cannot be kept, numbers beyond all bounds. Each is told so."""

from typing import Any

from tests.support import documents
from tests.support.client import Client
from tests.support.enemy import Enemy

CREATE = documents.create("Task")
TASKS = documents.many("Task")
ONE = documents.one("Task")
HUGE = "1" + "0" * 5000


# Wrong types


WRONG_FIELDS: dict[str, list[Any]] = {
    "title": [None, 5, 1.5, True, ["Dig"], {"text": "Dig"}],
    "description": [5, [], {}],
    "status": ["DOING", "todo", "", 0, True, ["TODO"], {"TODO": 1}],
    "priority": ["HIGHEST", "TODO", 2],
    "projectId": [1.5, True, [], {}],
    "dueDate": [5, True, [2026, 1, 1], {"year": 2026}, 1.5],
    "unknown": [1],
    "tenantId": ["tenant_0"],
    "version": [7],
    "id": ["task_0"],
}
WRONG_INPUTS: list[Any] = [None, [], [{"title": "Dig"}], "Dig", 5, {}]


async def test_values_of_the_wrong_type_are_refused(enemy: Enemy) -> None:
    for field, values in WRONG_FIELDS.items():
        for value in values:
            await enemy.refused(CREATE, input={"title": "Dig", field: value})
    for input in WRONG_INPUTS:
        await enemy.refused(CREATE, input=input)
    await enemy.refused(CREATE)


WRONG_ARGUMENTS: list[tuple[str, str, list[Any]]] = [
    (TASKS, "first", [1.5, "1", True, [1, 2], {}, 2**31, -(2**31) - 1, 2**63, 2**64 - 1, 1e300]),
    (TASKS, "after", [5, True, [], {}]),
    (TASKS, "orderBy", ["TITLE", [{}], [{"field": "title"}], [{"field": "TITLE", "direction": "UP"}], [None]]),
    (ONE, "id", [None, 1.5, True, [], {}]),
    (documents.NODES, "ids", [None, [None], [["x"]], [{}], [1.5]]),
]


async def test_arguments_of_the_wrong_type_are_refused(enemy: Enemy) -> None:
    for document, name, values in WRONG_ARGUMENTS:
        for value in values:
            await enemy.refused(document, **{name: value})
    for version in (2**31, 1.5, "1", True):
        await enemy.refused(documents.update("Task"), id="x", input={}, expectedVersion=version)


NO_DAYS = [
    *("", "2026", "2026-02-30", "2026-13-01", "0000-01-01", "10000-01-01", "-001-01-01", "24.12.2026", "tomorrow"),
    *("2026-12-24T00:00:00Z", "2026-12-24 ", "\uff12\uff10\uff12\uff16-12-24", "0" * 10_000, "1" * 5_000),
]
NO_MOMENTS: list[Any] = [
    *("", 5, [], "2026-12-24", "2026-12-24T12:00:00", "2026-12-24T25:00:00Z", "2026-12-24T12:00:00+25:00"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "9" * 10_000),
]


async def test_days_and_moments_that_there_are_not_are_refused(enemy: Enemy) -> None:
    for day in NO_DAYS:
        await enemy.refused(CREATE, input={"title": "Dig", "dueDate": day})
    for moment in NO_MOMENTS:
        await enemy.refused(TASKS, where={"createdAt": {"gt": moment}})
        await enemy.refused(TASKS, where={"createdAt": {"in": [moment]}})


async def test_the_first_and_the_last_moment_are_understood(member: Client) -> None:
    await member(CREATE, input={"title": "Dig"})
    for moment, total in (
        ("0001-01-01T00:00:00Z", 1),
        ("0001-01-01T14:00:00+14:00", 1),
        ("9999-12-31T23:59:59.999999Z", 0),
        ("9999-12-31T09:59:59.999999-14:00", 0),
        ("2026-01-01T00:00:00.123456789+05:30", 1),
    ):
        answer = await member(TASKS, where={"createdAt": {"gt": moment}})
        assert (moment, answer.data["tasks"]["totalCount"]) == (moment, total)
    for day in ("0001-01-01", "9999-12-31"):
        assert (await member(TASKS, where={"dueDate": {"ne": day}})).data["tasks"]["totalCount"] == 1


# Text


async def test_nul_characters_are_refused_wherever_they_are(enemy: Enemy) -> None:
    for variables in ({"input": {"title": "a\0b"}}, {"input": {"title": "x"}, "unused": {"deep": [["\0"]]}}):
        await enemy.refused(CREATE, **variables)
    await enemy.refused(ONE, id="task_\0")
    await enemy.refused(TASKS, where={"title": {"contains": "\0"}})
    await enemy.refused(TASKS, after="\0")
    for literal in ('"\\u0000"', '"a\\u{0}b"', '"\0"', '"""a\0b"""', "TO\0DO", "\0", '"\\0"'):
        await enemy.refused(f"mutation {{ createTask(input: {{title: {literal}}}) {{ task {{ id }} }} }}")
        await enemy.refused(f"{{ task(id: {literal}) {{ id }} }}")
        await enemy.refused(f"{{ tasks(where: {{status: {{eq: {literal}}}}}) {{ totalCount }} }}")
        await enemy.refused(f"{{ tasks(where: {{title: {{in: [{literal}]}}}}) {{ totalCount }} }}")
        await enemy.refused(f"query ($id: ID = {literal}) {{ node(id: $id) {{ id }} }}")


async def test_what_is_no_character_is_refused(enemy: Enemy) -> None:
    for escape in (
        "\\ud800",
        "\\udfff",
        "\\udc00\\ud800",
        "\\u{d800}",
        "\\u{110000}",
        "\\u{ffffffff}",
        "\\u12",
        "\\x41",
    ):
        await enemy.refused(f'mutation {{ createTask(input: {{title: "{escape}"}}) {{ task {{ id }} }} }}')
        await enemy.refused(f'{{ task(id: "{escape}") {{ id }} }}')


async def test_a_character_written_as_a_pair_is_one(member: Client) -> None:
    for escape in ("\\ud83c\\udf31", "\\u{1f331}", "🌱"):
        document = f'mutation {{ createTask(input: {{title: "{escape}"}}) {{ task {{ title }} {documents.ERRORS} }} }}'
        assert (await member(document)).payload("createTask")["task"] == {"title": "🌱"}


# Numbers


async def test_numbers_beyond_all_bounds_are_refused(enemy: Enemy) -> None:
    for number in (HUGE, f"-{HUGE}", "1e999", "-1e999", "1.5", "2147483648", f"{HUGE}.5", f"1e{HUGE}"):
        await enemy.refused(f"{{ tasks(first: {number}) {{ totalCount }} }}")
        await enemy.refused(f"query ($first: Int = {number}) {{ tasks(first: $first) {{ totalCount }} }}")
        await enemy.refused(f"mutation {{ createTask(input: {{title: {number}}}) {{ task {{ id }} }} }}")
    for number in ("01", "1.", ".5", "0x10", "1_000", "--1", "1e"):
        await enemy.refused(f"{{ tasks(first: {number}) {{ totalCount }} }}")


async def test_nothing_is_said_of_python_and_its_settings(enemy: Enemy) -> None:
    said = await enemy.refused(f"{{ tasks(first: {HUGE}) {{ totalCount }} }}")
    assert said == "This value cannot be read."


async def test_zero_is_zero_however_it_is_written(member: Client) -> None:
    assert (await member("{ tasks(first: -0) { nodes { id } } }")).data == {"tasks": {"nodes": []}}
    for zero in (-0.0, 0.0, 0):
        assert (await member(TASKS, first=zero)).data["tasks"]["nodes"] == []


async def test_an_id_may_be_a_number_and_is_not_found(member: Client) -> None:
    assert (await member(f"{{ task(id: {HUGE}) {{ id }} node(id: -0) {{ id }} }}")).data == {"task": None, "node": None}
    for id in (1e300, -1e300, 2**64 - 1):
        assert (await member(ONE, id=id)).data == {"task": None}
