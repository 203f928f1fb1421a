"""Idempotency of every mutation of the schema: replayed, or excluded for a stated reason."""

from typing import Any

import pytest
from sqlalchemy import select

from database.authentication import SystemCredentials
from database.engine import Database
from schema.mutations import RETURNS_SECRETS
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from tests.support.client import GraphQLResponse
from tests.support.graphql_schema import graphql_schema
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import tenant_tables

pytestmark = [pytest.mark.slow, pytest.mark.only("postgresql")]  # what the engines do differently has tests of its own

MUTATIONS = graphql_schema().mutation_type
assert MUTATIONS is not None
RETURNING_SECRETS = {name for name, field in MUTATIONS.fields.items() if field.extensions[RETURNS_SECRETS]}
CODE_AFTER_FINAL_MUTATION = {
    "closeTenant": "FORBIDDEN",
    "leaveTenant": "FORBIDDEN",
    "logoutEverywhere": "UNAUTHENTICATED",
}
"""By mutation after which the principal has no access: the error code of the repeated request."""
SECRET_CONSUMING = {"logout", "resetPassword"}
"""Mutations that consume a secret, and ignore the key."""
REMOVING = {"revokeSession"}
"""Mutations whose object is not visible afterwards."""


@pytest.mark.parametrize(
    "name",
    sorted(set(MUTATIONS.fields) - RETURNING_SECRETS - SECRET_CONSUMING - CODE_AFTER_FINAL_MUTATION.keys() - REMOVING),
)
async def test_repeated_mutation_is_executed_once_and_replayed(name: str, sample_data: SampleData) -> None:
    first, second, changed = await send_twice(name, sample_data)
    assert first.payload(name)
    assert not is_replay(first)
    assert second.body == first.body
    assert is_replay(second)
    assert not changed


@pytest.mark.parametrize("name", sorted(CODE_AFTER_FINAL_MUTATION))
async def test_final_mutation_is_not_replayed(name: str, sample_data: SampleData) -> None:
    first, second, changed = await send_twice(name, sample_data)
    assert first.payload(name)
    assert (second.error_codes, is_replay(second), changed) == ([CODE_AFTER_FINAL_MUTATION[name]], False, False)


@pytest.mark.parametrize("name", sorted(SECRET_CONSUMING))
async def test_mutation_that_consumes_secret_is_not_replayed(
    name: str, sample_data: SampleData, database: Database
) -> None:
    first, second, _ = await send_twice(name, sample_data)
    assert first.payload(name)
    assert not is_replay(first)
    assert not is_replay(second)
    assert await count_stored_results(database) == 0


async def test_replay_of_removed_object_returns_null(sample_data: SampleData) -> None:
    first, second, changed = await send_twice("revokeSession", sample_data)
    assert first.payload("revokeSession")["session"]["id"] == sample_data.ids("Session")[0]
    assert second.payload("revokeSession") == {"session": None, "userErrors": []}
    assert (is_replay(second), changed) == (True, False)


async def send_twice(name: str, sample_data: SampleData) -> tuple[GraphQLResponse, GraphQLResponse, bool]:
    """Send an operation twice with one key; return both responses, and whether the second one changed any row."""
    operation = OPERATIONS[name]
    if operation.superuser_only:
        await make_superuser(sample_data.tenant.app_fixture, sample_data.tenant.users[operation.role])
    client = with_key(sample_data.tenant.client(operation.role))
    variables = operation.build_variables(sample_data)
    first = await client(operation.document, **variables)
    before = await dump_tenant(sample_data)
    second = await client(operation.document, **variables)
    return first, second, await dump_tenant(sample_data) != before


async def dump_tenant(sample_data: SampleData) -> Any:
    """Return all rows of the tenant by table."""
    return {table.name: await dump_table(sample_data, table) for table in tenant_tables()}


async def dump_table(sample_data: SampleData, table: Any) -> list[Any]:
    async def read(work: UnitOfWork) -> Any:
        return [tuple(row) for row in await work.rows(select(table).where(table.c.tenant_id == sample_data.tenant.id))]

    tenant_rows: list[Any] = await run_use_case(
        sample_data.tenant.app_fixture.database, SystemCredentials(tenant_id=sample_data.tenant.id), read
    )
    return tenant_rows


@pytest.mark.parametrize("name", sorted(RETURNING_SECRETS))
async def test_mutation_that_returns_secret_is_not_replayed(
    name: str, sample_data: SampleData, database: Database
) -> None:
    first, second, _ = await send_twice(name, sample_data)
    assert first.payload(name)
    assert not is_replay(first)
    assert not is_replay(second)
    assert await count_stored_results(database) == 0
