"""Every operation of the contract succeeds within its statement budget."""

import logging

import pytest

from schema.schema import build_schema
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS, send_within_budget
from tests.support.sample_data import SampleData


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
    assert response.data[name] is not None
    if "userErrors" in response.data[name]:
        assert response.payload(name)


def test_every_root_field_has_budget() -> None:
    schema = build_schema()._schema
    roots = [root.fields for root in (schema.query_type, schema.mutation_type) if root is not None]
    assert {name for fields in roots for name in fields} == set(OPERATIONS)


async def test_relations_selected_through_edges_are_loaded(
    member_client: Client, sample_data: SampleData, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        response = await member_client("{ tasks { edges { node { title project { name } } } } }")
    assert caplog.messages == []
    assert [edge["node"]["project"]["name"] for edge in response.data["tasks"]["edges"]] == ["Project 0"] * 3
