"""@dryRun of every mutation of the schema: it has the payload of the mutation and changes nothing, or is refused."""

import re
from itertools import product
from typing import Any

import orjson
import pytest

from schema.mutations import REFUSAL
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.graphql_schema import graphql_schema
from tests.support.idempotency import with_key
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows

pytestmark = pytest.mark.slow

MUTATIONS = graphql_schema().mutation_type
assert MUTATIONS is not None
REFUSED = {name for name, field in MUTATIONS.fields.items() if field.extensions[REFUSAL] is not None}
PERFORMED = sorted(set(MUTATIONS.fields) - REFUSED)
COUNTERS = {"throttle"}
"""Tables that count requests."""
ATOMIC_EXAMPLES = ["createTask", "deleteTeam", "bulkCreateWorkers", "placeOrder", "pauseWebhook"]
"""Mutations that are tested with both directives, which the operation combines before it executes any mutation."""
OPERATION = re.compile(r"\bmutation\b[^{(]*(\((?:[^()]|\([^()]*\))*\))?")
CHANGING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|[a-z_]+_[0-9a-f]{32}|\d{6}-[0-9A-Z]{8}")
"""Times, ids and order numbers, which differ between two executions."""
ENDS_ACCESS = "closeTenant"
"""The mutation whose payload is read with the access that the dry run does not end."""


@pytest.mark.parametrize(
    ("name", "directives"),
    [(name, "@dryRun") for name in PERFORMED] + [(name, "@dryRun @atomic") for name in ATOMIC_EXAMPLES],
)
async def test_dry_run_returns_the_payload_and_changes_nothing(
    name: str, directives: str, sample_data: SampleData, tenant_rows: TenantRows, email_capture: EmailCapture
) -> None:
    client, variables = await prepare(name, sample_data)
    await client.lease_cost_points()
    before = await dump(tenant_rows)
    response = await with_key(client)(add_directives(OPERATIONS[name].document, directives), **variables)
    assert await dump(tenant_rows) == before
    assert await email_capture.sent_emails() == []
    performed = await client(OPERATIONS[name].document, **variables)
    assert performed.payload(name)
    assert response.payload(name)
    if name != ENDS_ACCESS:
        assert without_changing_values(response.body) == without_changing_values(performed.body)


@pytest.mark.only("postgresql")  # the dry runs use the same transaction on both engines
@pytest.mark.parametrize("name", PERFORMED)
async def test_atomic_operation_of_one_mutation_has_the_same_effect(
    name: str, sample_data: SampleData, tenant_rows: TenantRows
) -> None:
    client, variables = await prepare(name, sample_data)
    before = await dump(tenant_rows)
    response = await client(add_directives(OPERATIONS[name].document, "@atomic"), **variables)
    assert response.payload(name)
    after = await dump(tenant_rows)
    assert len(after["audit_entry"]) >= len(before["audit_entry"])


async def test_refused_mutations_change_nothing(
    sample_data: SampleData, tenant_rows: TenantRows, email_capture: EmailCapture
) -> None:
    for name, directive in product(sorted(REFUSED), ("@dryRun", "@atomic")):
        client, variables = await prepare(name, sample_data)
        before = await dump(tenant_rows)
        response = await client(add_directives(OPERATIONS[name].document, directive), **variables)
        assert response.error_codes == ["BAD_USER_INPUT"]
        assert f"`{name}` cannot be used with" in response.body["errors"][0]["message"]
        assert await dump(tenant_rows) == before, name
    assert await email_capture.sent_emails() == []


async def prepare(name: str, sample_data: SampleData) -> tuple[Client, dict[str, Any]]:
    """Return a client that may send the operation, and its variables."""
    operation = OPERATIONS[name]
    if operation.superuser_only:
        await make_superuser(sample_data.tenant.app_fixture, sample_data.tenant.users[operation.role])
    return sample_data.tenant.client(operation.role), operation.build_variables(sample_data)


def add_directives(document: str, directives: str) -> str:
    """Return the document with these directives at its operation."""
    return OPERATION.sub(lambda match: f"{match[0]} {directives} ", document, count=1)


def without_changing_values(body: Any) -> Any:
    """Return a response without its times and ids."""
    return orjson.loads(CHANGING.sub("…", orjson.dumps(body).decode()))


async def dump(tenant_rows: TenantRows) -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    return {table: rows for table, rows in (await tenant_rows.dump_all()).items() if table not in COUNTERS}
