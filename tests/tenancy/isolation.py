"""Executes generated operations and asserts that no response contains data of the other tenant."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from models.article import ArticleStatus
from models.base import utc_now
from models.order import OrderStatus
from models.relations import get_table
from services.core.change_feed import Cursor, decode_cursor
from tests.support.client import GraphQLResponse
from tests.tenancy.argument_values import ArgumentValues
from tests.tenancy.mutation_calls import MutationCall
from tests.tenancy.query_operations import SUPERUSER_FIELDS, Operation, build_document
from tests.tenancy.tenancy_fixtures import TenantPair

CHANGE_CURSOR = Cursor(0, (), utc_now()).encode()[:12]
"""How cursors of the change feed begin."""
OPERATIONS_PER_DOCUMENT = 16
"""The number of argument queries in one document; a request takes longer than its queries."""
REQUIRED_STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "confirmOrder": ("order", {"status": OrderStatus.PENDING}),
    "shipOrder": ("order", {"status": OrderStatus.CONFIRMED}),
    "deliverOrder": ("order", {"status": OrderStatus.SHIPPED}),
    "cancelOrder": ("order", {"status": OrderStatus.PENDING}),
    "publishArticle": ("article", {"status": ArticleStatus.DRAFT}),
    "unpublishArticle": ("article", {"status": ArticleStatus.PUBLISHED}),
    "closeAccount": ("account", {"balance": Decimal(0)}),
}
"""The column values that the own tenant's rows need for a mutation to succeed, by mutation."""


def argument_values(tenants: TenantPair) -> ArgumentValues:
    """Return argument values with the ids of both tenants."""
    return ArgumentValues(tenants.own_ids, tenants.foreign_ids, tenants.other_own_ids)


async def execute_operations(
    tenants: TenantPair, principal: str, operations: Sequence[Operation], per_document: int
) -> list[tuple[str, Any]]:
    """Execute queries, several in a document; return a label and the response body of each document."""
    client, responses = tenants.client(principal), []
    for start in range(0, len(operations), per_document):
        batch = operations[start : start + per_document]
        document, variables = build_document(batch)
        response = await client(document, **variables)
        label = f"{document} with {variables} as {principal}"
        is_allowed = principal == "owner" and not any(operation.label in SUPERUSER_FIELDS for operation in batch)
        assert set(response.error_codes) <= (set() if is_allowed else {"FORBIDDEN"}), f"{label}: {response.body}"
        tenants.assert_no_foreign_data(principal, response.body, label)
        responses.append((label, response.body))
    return responses


def assert_same_responses(before: list[tuple[str, Any]], after: list[tuple[str, Any]]) -> None:
    """Assert that the responses are the same before and after a change in the other tenant."""
    for (label, body_before), (_, body_after) in zip(before, after, strict=True):
        bodies = _without_times(body_before), _without_times(body_after)
        assert bodies[0] == bodies[1], f"{label}: depends on rows of the other tenant"


def _without_times(value: Any) -> Any:
    """Return a response with the position of each cursor of the change feed, which also contains the current time."""
    match value:
        case str() if value.startswith(CHANGE_CURSOR):
            return decode_cursor(value).position
        case list():
            return [_without_times(item) for item in value]
        case dict():
            return {name: _without_times(item) for name, item in value.items()}
    return value


async def execute_mutation(
    tenants: TenantPair, principal: str, mutation: MutationCall, arguments: dict[str, Any], *, brief: bool = False
) -> GraphQLResponse:
    """Set the state that the mutation requires, and execute it."""
    if mutation.name in REQUIRED_STATES:
        table, values = REQUIRED_STATES[mutation.name]
        await tenants.tenant_rows.update(get_table(table), {"tenant_id": tenants.own_tenant.id}, **values)
    response = await tenants.client(principal)(mutation.document(brief=brief), **arguments)
    label = f"{mutation.name} {arguments} as {principal}"
    tenants.assert_no_foreign_data(principal, response.body, label)
    expected_codes = set() if principal == "owner" and not mutation.for_superusers else {"FORBIDDEN"}
    assert set(response.error_codes) <= expected_codes, f"{label}: {response.body}"
    return response
