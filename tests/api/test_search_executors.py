"""Search with both executors, and the number of its statements."""

import logging

import pytest
from fastapi import FastAPI

from database.authentication import Credentials
from models.membership import Role
from tests.api.search_helpers import OPERATIONS, create_article, create_document
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.executor_comparison import ExecutorComparison
from tests.support.executors import needs_compiled_executor
from tests.support.query_strategy import GeneratedQuery

FRAGMENTS = """
query ($query: String!) {
  search(query: $query) {
    first: nodes { __typename ... on Node { id } ... on Article { author { fullName } status } }
    edges {
      node { __typename ...text }
      again: node { ... on Document { author { fullName } deletedAt } }
      highlights { html } marks: highlights { __typename field }
    }
  }
}
fragment text on SearchResult { ... on Article { title content } ... on Document { title content } }
"""
STATEMENTS = {"searchArticles": 4, "search": 7}
"""Authentication, page, count and highlights; with several types, nodes and highlights for each of them."""


async def create_texts(tenant: TenantFixture) -> None:
    for number in range(4):
        await create_article(tenant, f"Compost {number}", is_draft=number == 3)
        await create_document(tenant, f"Text {number}", "Compost " * number)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
async def test_executors_agree(
    app: FastAPI, app_fixture: AppFixture, caplog: pytest.LogCaptureFixture, role: Role
) -> None:
    tenant = app_fixture.tenant
    await create_texts(tenant)
    credentials = Credentials(tenant.users[role].id, tenant.slug, session_id=app_fixture.session_id(role))
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        comparison = ExecutorComparison(app.state.services, caplog)
        for document in (*OPERATIONS.values(), FRAGMENTS):
            for variables in ({"query": "compost"}, {"query": "unknown"}, {"query": "-compost"}):
                await comparison.compare(GeneratedQuery(document, (variables, variables)), credentials)
    assert comparison.outcome_counts == {"data": 12, "errors": 6}


@needs_compiled_executor
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_statements_do_not_depend_on_the_number_of_results(
    app_fixture: AppFixture, statement_counter: StatementCounter, operation: str
) -> None:
    client = await app_fixture.tenant.client().lease_cost_points()
    await create_texts(app_fixture.tenant)
    with statement_counter:
        connection = (await client(OPERATIONS[operation], query="compost")).data[operation]
    assert len(connection["nodes"]) > 3
    statement_counter.assert_budget(STATEMENTS[operation])
