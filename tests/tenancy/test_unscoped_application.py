"""Row-level security protects other tenants from an application whose statements have no tenant condition."""

import uuid
from collections.abc import Iterator
from itertools import product

import pytest
from graphql import GraphQLSchema
from sqlalchemy import ColumnElement, Table, true

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from models import Task, Team
from queries import scope
from queries.aggregates import select_group_counts
from queries.lists import (
    PageQuery,
    select_by_id,
    select_by_id_with_type,
    select_child_counts,
    select_child_pages,
    select_count,
    select_page,
)
from queries.locks import (
    select_for_key_share,
    select_for_no_key_update,
    select_for_update,
    select_references_for_key_share,
)
from services.core.events import select_stream_head
from services.core.records import select_links
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from tests.tenancy.isolation import (
    OPERATIONS_PER_DOCUMENT,
    argument_values,
    assert_same_responses,
    execute_mutation,
    execute_operations,
)
from tests.tenancy.mutation_calls import mutation_calls
from tests.tenancy.query_operations import argument_queries, full_selection_queries
from tests.tenancy.tenancy_fixtures import TenantPair

pytestmark = pytest.mark.slow

SCOPED_READS = (
    select_page,
    select_count,
    select_child_pages,
    select_child_counts,
    select_by_id,
    select_by_id_with_type,
    select_group_counts,
)
SCOPED_LOCKS = (
    select_for_update,
    select_for_no_key_update,
    select_for_key_share,
    select_references_for_key_share,
    select_links,
    select_stream_head,
)


@pytest.fixture
def unscoped_tenants(tenants: TenantPair, monkeypatch: pytest.MonkeyPatch) -> Iterator[TenantPair]:
    """The tenants, with an application whose statements select the rows of all tenants."""
    with monkeypatch.context() as patch:
        patch.setattr(scope, "_in_tenant", _all_rows)
        _clear_statement_caches()
        yield tenants
    _clear_statement_caches()


def _clear_statement_caches() -> None:
    """Clear the caches of statements, which contain the tenant condition."""
    for cached in (*SCOPED_READS, *SCOPED_LOCKS):
        cached.clear()


def _all_rows(_table: Table) -> ColumnElement[bool]:
    return true()


# Generated operations without a tenant condition


@pytest.mark.only("sqlite")
@pytest.mark.slow
async def test_isolation_checks_fail_without_row_level_security(
    unscoped_tenants: TenantPair, schema: GraphQLSchema
) -> None:
    tenants, values = unscoped_tenants, argument_values(unscoped_tenants)
    with pytest.raises(AssertionError, match="of the other tenant"):
        await execute_operations(tenants, "member", list(full_selection_queries(schema, values)), 1)
    failed = set()
    for mutation in mutation_calls(schema, values):
        try:
            await execute_mutation(tenants, "owner", mutation, mutation.arguments)
            await tenants.assert_other_tenant_unchanged()
        except AssertionError:
            failed.add(mutation.name)
        await tenants.tenant_rows.restore_tenant(tenants.other_tenant.id, tenants.initial_rows)
        await tenants.restore_own_tenant()
    assert failed >= {"updateTask", "deleteTeam", "assignWorkers", "transferWorker"}


@pytest.mark.slow
@pytest.mark.only("postgresql")
async def test_unscoped_queries_return_no_foreign_rows(unscoped_tenants: TenantPair, schema: GraphQLSchema) -> None:
    tenants, values = unscoped_tenants, argument_values(unscoped_tenants)
    await execute_operations(tenants, "member", list(full_selection_queries(schema, values)), 1)
    operations = list(argument_queries(schema, values))[::4]  # test_query_isolation.py executes all of them
    before = await execute_operations(tenants, "dual_member", operations, OPERATIONS_PER_DOCUMENT)
    await tenants.tenant_rows.delete_tenant(tenants.other_tenant.id, members=False)
    after = await execute_operations(tenants, "dual_member", operations, OPERATIONS_PER_DOCUMENT)
    assert_same_responses(before, after)


@pytest.mark.slow
@pytest.mark.only("postgresql")
async def test_unscoped_mutations_change_no_foreign_rows(unscoped_tenants: TenantPair, schema: GraphQLSchema) -> None:
    tenants = unscoped_tenants
    for mutation in mutation_calls(schema, argument_values(tenants)):
        response = await execute_mutation(tenants, "owner", mutation, mutation.arguments)
        assert mutation.for_superusers or response.payload(mutation.name)
        await tenants.assert_other_tenant_unchanged()
        await tenants.restore_own_tenant()
        for argument in mutation.id_arguments():
            arguments = mutation.with_value(argument.path, tenants.foreign_ids[argument.id_prefix])
            await execute_mutation(tenants, "owner", mutation, arguments)
            await tenants.assert_other_tenant_unchanged()


# Reader and unit of work without a tenant condition


@pytest.mark.only("postgresql")
async def test_unscoped_reader_returns_only_rows_of_current_tenant(
    unscoped_tenants: TenantPair, database: Database
) -> None:
    for tenant, task_count in ((unscoped_tenants.own_tenant, 2), (unscoped_tenants.other_tenant, 4)):
        reader = Reader(database, Credentials(unscoped_tenants.dual_member.id, tenant.slug))
        assert len(await reader.rows(select_page(Task, PageQuery()))) == task_count
        ((total_count,),) = await reader.rows(select_count(Task, PageQuery()))
        assert total_count == task_count
        await reader.release()


@pytest.mark.only("postgresql")
async def test_unscoped_reader_without_tenant_returns_no_rows(unscoped_tenants: TenantPair, database: Database) -> None:
    users = (None, uuid.uuid4(), unscoped_tenants.dual_member.id)
    for user, tenant in product(users, (None, "nowhere", "")):
        reader = Reader(database, Credentials(user, tenant))
        assert await reader.rows(select_page(Task, PageQuery())) == []
        await reader.release()


@pytest.mark.only("postgresql")
async def test_unscoped_unit_of_work_changes_only_rows_of_current_tenant(unscoped_tenants: TenantPair) -> None:
    tenants = unscoped_tenants
    foreign_task = tenants.foreign_copies[next(row["id"] for row in tenants.initial_rows["task"])]

    async def use_case(work: UnitOfWork) -> list[uuid.UUID]:
        assert await work.find_for_update(Task, foreign_task) is None
        await work.update_all(Task, true(), {}, title="Updated")
        await work.add(Team(name="New", tenant_id=tenants.other_tenant.id))
        return [change.key["tenant_id"] for change in work.changes]

    credentials = Credentials(tenants.dual_member.id, tenants.own_tenant.slug)
    changed_tenants = await run_use_case(tenants.app_fixture.database, credentials, use_case)
    assert set(changed_tenants) == {tenants.own_tenant.id}
    await tenants.assert_other_tenant_unchanged()
