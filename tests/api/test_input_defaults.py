"""Default values of inputs in the schema."""

from typing import Any

import pytest
from graphql import Undefined

from tests.support.client import Client
from tests.support.graphql_schema import named_type

EXPECTED: dict[str, dict[str, Any]] = {
    "CreateTaskInput": {"status": "TODO", "priority": "MEDIUM", "description": ""},
    "CreateProductInput": {"active": True, "stock": 0, "description": ""},
    "InviteMemberInput": {"role": "MEMBER"},
    "UpdateTaskInput": {},
    "CreateArticleInput": {"content": ""},
}
"""The language of an article is that of the tenant, so it has no default in the schema."""


@pytest.mark.parametrize("name", EXPECTED)
def test_inputs_of_new_rows_have_the_defaults_of_the_columns(name: str) -> None:
    fields = named_type(name).fields
    defaults = {name: field.default_value for name, field in fields.items() if field.default_value is not Undefined}
    assert defaults == EXPECTED[name]


async def test_omitted_field_has_its_default(member_client: Client) -> None:
    document = (
        "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { status priority description } } }"
    )
    task = {"status": "TODO", "priority": "MEDIUM", "description": ""}
    assert (await member_client(document, input={"title": "Dig"})).data["createTask"]["task"] == task
    literal = 'mutation { createTask(input: {title: "Dig"}) { task { status priority description } } }'
    assert (await member_client(literal)).data["createTask"]["task"] == task
