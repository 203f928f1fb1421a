"""Invalid input values: wrong types, characters that cannot be stored, numbers out of range."""

from typing import Any

from tests.support import documents
from tests.support.bad_input_client import BadInputClient
from tests.support.client import Client

CREATE_TASK = documents.create("Task")
TASKS = documents.connection("Task")
TASK_BY_ID = documents.by_id("Task")
HUGE_NUMBER = "1" + "0" * 5000


# Wrong types


WRONG_ARGUMENTS: list[tuple[str, str, list[Any]]] = [
    (TASKS, "first", [1.5, "1", True, [1, 2], {}, 2**31, -(2**31) - 1, 2**63, 2**64 - 1, 1e300]),
    (TASKS, "after", [5, True, [], {}]),
    (TASKS, "orderBy", ["TITLE", [{"field": "title"}], [{"field": "TITLE", "direction": "UP"}], [None]]),
    (TASK_BY_ID, "id", [None, 1.5, True, [], {}]),
    (documents.NODES, "ids", [None, [None], [["x"]], [{}], [1.5]]),
]


async def test_arguments_of_wrong_type_are_rejected(bad_input_client: BadInputClient) -> None:
    for document, name, values in WRONG_ARGUMENTS:
        for value in values:
            await bad_input_client.assert_request_error(document, **{name: value})
    for version in (2**31, 1.5, "1", True):
        await bad_input_client.assert_request_error(documents.update("Task"), id="x", input={}, expectedVersion=version)


INVALID_DATES = [
    *("", "2026", "2026-02-30", "2026-13-01", "0000-01-01", "10000-01-01", "-001-01-01", "24.12.2026", "tomorrow"),
    *("2026-12-24T00:00:00Z", "2026-12-24 ", "\uff12\uff10\uff12\uff16-12-24", "0" * 10_000, "1" * 5_000),
]
INVALID_TIMESTAMPS: list[Any] = [
    *("", 5, [], "2026-12-24", "2026-12-24T12:00:00", "2026-12-24T25:00:00Z", "2026-12-24T12:00:00+25:00"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "9" * 10_000),
]


async def test_invalid_dates_and_timestamps_are_rejected(bad_input_client: BadInputClient) -> None:
    for date in INVALID_DATES:
        await bad_input_client.assert_request_error(CREATE_TASK, input={"title": "Dig", "dueDate": date})
    for timestamp in INVALID_TIMESTAMPS:
        await bad_input_client.assert_request_error(TASKS, where={"createdAt": {"gt": timestamp}})
        await bad_input_client.assert_request_error(TASKS, where={"createdAt": {"in": [timestamp]}})


async def test_minimum_and_maximum_timestamps_are_accepted(member_client: Client) -> None:
    await member_client(CREATE_TASK, input={"title": "Dig"})
    for timestamp, total in (
        ("0001-01-01T00:00:00Z", 1),
        ("0001-01-01T14:00:00+14:00", 1),
        ("9999-12-31T23:59:59.999999Z", 0),
        ("9999-12-31T09:59:59.999999-14:00", 0),
        ("2026-01-01T00:00:00.123456789+05:30", 1),
    ):
        response = await member_client(TASKS, where={"createdAt": {"gt": timestamp}})
        assert (timestamp, response.data["tasks"]["totalCount"]) == (timestamp, total)
    for date in ("0001-01-01", "9999-12-31"):
        assert (await member_client(TASKS, where={"dueDate": {"ne": date}})).data["tasks"]["totalCount"] == 1


# Text


async def test_nul_characters_are_rejected_everywhere(bad_input_client: BadInputClient) -> None:
    for variables in ({"input": {"title": "a\0b"}}, {"input": {"title": "x"}, "unused": {"deep": [["\0"]]}}):
        await bad_input_client.assert_request_error(CREATE_TASK, **variables)
    await bad_input_client.assert_request_error(TASK_BY_ID, id="task_\0")
    await bad_input_client.assert_request_error(TASKS, where={"title": {"contains": "\0"}})
    await bad_input_client.assert_request_error(TASKS, after="\0")
    for literal in ('"\\u0000"', '"a\\u{0}b"', '"\0"', '"""a\0b"""', "TO\0DO", "\0", '"\\0"'):
        await bad_input_client.assert_request_error(
            f"mutation {{ createTask(input: {{title: {literal}}}) {{ task {{ id }} }} }}"
        )
        await bad_input_client.assert_request_error(f"{{ task(id: {literal}) {{ id }} }}")
        await bad_input_client.assert_request_error(
            f"{{ tasks(where: {{status: {{eq: {literal}}}}}) {{ totalCount }} }}"
        )
        await bad_input_client.assert_request_error(
            f"{{ tasks(where: {{title: {{in: [{literal}]}}}}) {{ totalCount }} }}"
        )
        await bad_input_client.assert_request_error(f"query ($id: ID = {literal}) {{ node(id: $id) {{ id }} }}")


async def test_invalid_unicode_escapes_are_rejected(bad_input_client: BadInputClient) -> None:
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
        await bad_input_client.assert_request_error(
            f'mutation {{ createTask(input: {{title: "{escape}"}}) {{ task {{ id }} }} }}'
        )
        await bad_input_client.assert_request_error(f'{{ task(id: "{escape}") {{ id }} }}')


async def test_surrogate_pair_is_one_character(member_client: Client) -> None:
    for escape in ("\\ud83c\\udf31", "\\u{1f331}", "🌱"):
        document = (
            f'mutation {{ createTask(input: {{title: "{escape}"}}) {{ task {{ title }} {documents.USER_ERRORS} }} }}'
        )
        assert (await member_client(document)).payload("createTask")["task"] == {"title": "🌱"}


# Numbers


async def test_out_of_range_numbers_are_rejected(bad_input_client: BadInputClient) -> None:
    for number in (
        HUGE_NUMBER,
        f"-{HUGE_NUMBER}",
        "1e999",
        "-1e999",
        "1.5",
        "2147483648",
        f"{HUGE_NUMBER}.5",
        f"1e{HUGE_NUMBER}",
    ):
        await bad_input_client.assert_request_error(f"{{ tasks(first: {number}) {{ totalCount }} }}")
        await bad_input_client.assert_request_error(
            f"query ($first: Int = {number}) {{ tasks(first: $first) {{ totalCount }} }}"
        )
        await bad_input_client.assert_request_error(
            f"mutation {{ createTask(input: {{title: {number}}}) {{ task {{ id }} }} }}"
        )
    for number in ("01", "1.", ".5", "0x10", "1_000", "--1", "1e"):
        await bad_input_client.assert_request_error(f"{{ tasks(first: {number}) {{ totalCount }} }}")


async def test_error_does_not_mention_python_limits(bad_input_client: BadInputClient) -> None:
    message = await bad_input_client.assert_request_error(f"{{ tasks(first: {HUGE_NUMBER}) {{ totalCount }} }}")
    assert message == "The value cannot be parsed."


async def test_all_spellings_of_zero_are_accepted(member_client: Client) -> None:
    assert (await member_client("{ tasks(first: -0) { nodes { id } } }")).data == {"tasks": {"nodes": []}}
    for zero in (-0.0, 0.0, 0):
        assert (await member_client(TASKS, first=zero)).data["tasks"]["nodes"] == []


async def test_numeric_id_is_not_found(member_client: Client) -> None:
    assert (await member_client(f"{{ task(id: {HUGE_NUMBER}) {{ id }} node(id: -0) {{ id }} }}")).data == {
        "task": None,
        "node": None,
    }
    for id in (1e300, -1e300, 2**64 - 1):
        assert (await member_client(TASK_BY_ID, id=id)).data == {"task": None}
