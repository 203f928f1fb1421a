"""The statements of queries read no table that the fields and arguments of the query do not declare."""

import asyncio
from itertools import islice

import pytest
from fastapi import FastAPI
from graphql import GraphQLSchema
from hypothesis import HealthCheck, given

from database.authentication import Credentials
from executor import SOURCES_EXTENSION, FieldSources
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.support.declared_tables import DeclaredTables, tables_in
from tests.support.executor_comparison import SCHEMA
from tests.support.hypothesis_settings import deterministic_settings
from tests.support.input_strategy import ExistingValues
from tests.support.query_strategy import GeneratedQuery, queries
from tests.tenancy.isolation import argument_values
from tests.tenancy.query_operations import argument_queries, build_document, full_selection_queries
from tests.tenancy.tenancy_fixtures import TenantPair

TABLES = {
    *("account", "article", "audit_entry", "document", "event", "invitation", "ledger_entry", "membership", "order"),
    *("order_item", "product", "project", "task", "task_worker", "team", "tenant", "transfer", "user", "worker"),
}


@pytest.fixture
def declared_tables(app: FastAPI, statement_counter: StatementCounter) -> DeclaredTables:
    """Executes queries, and compares declared and read tables."""
    return DeclaredTables(app.state.services, statement_counter)


def owner_of(tenants: TenantPair) -> Credentials:
    """Return credentials that may read everything in the tenant."""
    return Credentials(tenants.own_tenant.users[Role.OWNER].id, tenants.own_tenant.slug)


async def check_random_queries(declared: DeclaredTables, tenants: TenantPair, max_examples: int) -> None:
    """Check random queries, the same ones in every run. hypothesis runs in its own thread."""
    loop = asyncio.get_running_loop()
    ids = ExistingValues(list(tenants.own_ids.values()), {})

    @deterministic_settings(max_examples, HealthCheck.data_too_large)
    @given(queries(SCHEMA, ids))
    def check(query: GeneratedQuery) -> None:
        for variables in query.variables:
            checked = declared.check(query.text, variables, owner_of(tenants))
            asyncio.run_coroutine_threadsafe(checked, loop).result()

    await asyncio.to_thread(check)


@pytest.mark.slow
async def test_random_queries_read_declared_tables(declared_tables: DeclaredTables, tenants: TenantPair) -> None:
    await check_random_queries(declared_tables, tenants, 20)
    assert declared_tables.checked >= 8


async def test_undeclared_table_is_found(
    declared_tables: DeclaredTables, tenants: TenantPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SCHEMA.query_type is not None
    monkeypatch.setitem(SCHEMA.query_type.fields["tasks"].extensions, SOURCES_EXTENSION, FieldSources())
    with pytest.raises(AssertionError, match="task"):
        await declared_tables.check("{ tasks { nodes { id version } } }", {}, owner_of(tenants))


@pytest.mark.slow
async def test_every_field_reads_declared_tables(
    declared_tables: DeclaredTables, tenants: TenantPair, schema: GraphQLSchema
) -> None:
    values = argument_values(tenants)
    some_arguments = islice(argument_queries(schema, values), 0, None, 6)  # all of them take minutes
    for operation in (*full_selection_queries(schema, values), *some_arguments):
        await declared_tables.check(*build_document([operation]), owner_of(tenants))
    await declared_tables.check("{ tenant { name members { nodes { user { fullName } } } } }", {}, owner_of(tenants))
    assert declared_tables.read == TABLES
    assert declared_tables.checked > declared_tables.undeclared > 0


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT task.id, task.title FROM task WHERE task.id = 1", {"task"}),
        ('SELECT 1 FROM "user" AS user_1, team', {"user", "team"}),
        (
            "SELECT 1 FROM task JOIN worker AS w ON true WHERE EXISTS (SELECT 1 \nFROM project)",
            {"task", "worker", "project"},
        ),
        ('SELECT "user".id AS user_id FROM "user" LEFT OUTER JOIN membership', set()),
        ("SELECT * FROM search_entries('task')", set()),
    ],
)
def test_tables_in_statements(statement: str, tables: set[str]) -> None:
    assert tables_in(statement) == tables
