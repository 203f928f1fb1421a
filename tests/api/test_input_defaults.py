"""Default values of inputs in the schema."""

from typing import Any

import pytest
from graphql import Undefined

from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.conditional_client import wait_until_final
from tests.support.graphql_schema import named_type

EXPECTED: dict[str, dict[str, Any]] = {
    "CreateTaskInput": {"status": "TODO", "priority": "MEDIUM", "description": ""},
    "CreateProductInput": {"active": True, "stock": 0, "description": ""},
    "InviteMemberInput": {"role": "MEMBER"},
    "UpdateTaskInput": {},
    "CreateArticleInput": {"content": ""},
    "CreateTenantInput": {"language": "ENGLISH"},
}
"""The language of an article is that of the tenant, so it has no default in the schema."""
NULLS_AND_OMISSIONS = {
    "aggregate": (
        "{ tasks { aggregate(groupBy: [{field: STATUS}], first: null, offset: null) { groups { count } } } }",
        "{ tasks { aggregate(groupBy: [{field: STATUS}]) { groups { count } } } }",
    ),
    "changes": ("{ changes(first: null) { nodes { objectId } } }", "{ changes { nodes { objectId } } }"),
    "includeDeleted": (
        "{ documents(includeDeleted: null) { nodes { id } } }",
        "{ documents(includeDeleted: false) { nodes { id } } }",
    ),
}
"""Null means the default, also where the schema shows one."""


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


@pytest.mark.parametrize("documents", NULLS_AND_OMISSIONS.values(), ids=NULLS_AND_OMISSIONS)
async def test_null_means_the_default(
    documents: tuple[str, str], member_client: Client, app_fixture: AppFixture
) -> None:
    await member_client('mutation { createTask(input: {title: "Dig"}) { task { id } } }')
    await member_client('mutation { createDocument(input: {title: "Soil"}) { document { id } } }')
    await wait_until_final(app_fixture.tenant)  # otherwise the change feed may grow in between
    with_null, without = [(await member_client(document)).data for document in documents]
    assert with_null == without
