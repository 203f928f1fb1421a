"""Every operation of the contract succeeds within its statement budget."""

import logging

import pytest
from sqlalchemy import and_, update

from models.relations import table_of
from tests.api.nouns import for_nouns_that
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.graphql_schema import graphql_schema, list_field_name
from tests.support.memberships import make_superuser
from tests.support.noun_client import NounClient
from tests.support.operation_catalog import OPERATIONS, send_within_budget
from tests.support.sample_data import SampleData
from tests.support.sign_in_documents import NULL_FOR_USERS


@pytest.mark.parametrize("name", OPERATIONS)
async def test_operation_stays_within_budget(
    name: str,
    app_fixture: AppFixture,
    sample_data: SampleData,
    statement_counter: StatementCounter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    operation = OPERATIONS[name]
    if operation.superuser_only:
        await make_superuser(app_fixture, app_fixture.tenant.users[operation.role])
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        response = await send_within_budget(
            app_fixture.tenant.client(operation.role), name, sample_data, statement_counter
        )
    assert caplog.messages == []  # a message means that the plan was discarded
    assert (response.data[name] is None) == (name in NULL_FOR_USERS)
    if "userErrors" in (response.data[name] or ()):
        assert response.payload(name)


def test_every_root_field_has_budget() -> None:
    schema = graphql_schema()
    roots = [root.fields for root in (schema.query_type, schema.mutation_type) if root is not None]
    assert {name for fields in roots for name in fields} == set(OPERATIONS)


@for_nouns_that(lambda spec: spec.references)
async def test_references_to_different_objects_share_a_statement(
    noun: NounClient, app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    spec, table = noun.spec, table_of(noun.spec.model)
    for index, row in enumerate(noun.sample_data.rows[spec.table]):
        references = spec.sample_references(noun.sample_data.rows, index)
        await app_fixture.execute_sql(update(table).where(and_(table.c.id == row.id)).values(**references))
    name = list_field_name(spec.type_name)
    response = await send_within_budget(
        app_fixture.tenant.client(OPERATIONS[name].role), name, noun.sample_data, statement_counter
    )
    assert len(response.data[name]["nodes"]) == 3


async def test_relations_selected_through_edges_are_loaded(
    member_client: Client, sample_data: SampleData, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        response = await member_client("{ tasks { edges { node { title project { name } } } } }")
    assert caplog.messages == []
    assert [edge["node"]["project"]["name"] for edge in response.data["tasks"]["edges"]] == ["Project 0"] * 3
