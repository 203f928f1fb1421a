"""Locations and paths of top-level errors, and the arguments that they name."""

import pytest

from tests.support.client import Client

DECIMAL_ERROR = 'A Decimal is written as "12.50", with at most 40 characters; numbers may have at most 15 digits.'
WRONG_LITERALS = {
    '{ tasks(where: {dueDate: {eq: "x"}}) { totalCount } }': (
        31,
        "`where.dueDate.eq`: A Date is written as 2026-01-31.",
    ),
    '{ tasks(where: {dueDate: {in: ["2026-01-31", "x"]}}) { totalCount } }': (
        46,
        "`where.dueDate.in.1`: A Date is written as 2026-01-31.",
    ),
    '{ account(id: "a", asOf: "x") { id } }': (
        26,
        "`asOf`: A DateTime is written as 2026-01-31T12:00:00Z, with its offset from UTC.",
    ),
    'mutation { createProduct(input: {name: "a", price: "x"}) { product { id } } }': (
        52,
        f"`input.price`: {DECIMAL_ERROR}",
    ),
    "mutation { createProduct(input: {name: 5, price: 1}) { product { id } } }": (
        40,
        "`input.name`: String cannot represent a non string value: 5",
    ),
    'query ($day: Date = "x") { tasks(where: {dueDate: {eq: $day}}) { totalCount } }': (
        21,
        "`$day`: A Date is written as 2026-01-31.",
    ),
}


@pytest.mark.parametrize("document", WRONG_LITERALS)
async def test_wrong_literal_is_located_and_its_argument_named(document: str, admin_client: Client) -> None:
    column, message = WRONG_LITERALS[document]
    assert (await admin_client(document)).body["errors"] == [
        {
            "message": message,
            "locations": [{"line": 1, "column": column}],
            "extensions": {"code": "BAD_USER_INPUT"},
        }
    ]


async def test_wrong_variable_is_located_and_its_position_named(admin_client: Client) -> None:
    document = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }"
    response = await admin_client(document, input={"title": "a", "dueDate": "x"})
    (error,) = response.body["errors"]
    assert error["locations"] == [{"line": 1, "column": 11}]
    assert error["message"] == "Variable '$input' has invalid value at .dueDate: A Date is written as 2026-01-31."


async def test_refused_argument_has_path_and_location(admin_client: Client) -> None:
    (error,) = (await admin_client("{ tasks(first: 101) { totalCount } }")).body["errors"]
    assert (error["path"], error["locations"]) == (["tasks"], [{"line": 1, "column": 3}])
    assert error["message"].startswith("`first`")
