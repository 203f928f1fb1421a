"""PostgreSQL's row-level security and foreign keys isolate tenants from any SQL statement."""

import uuid
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Select, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from database.authentication import Credentials, set_tenant
from database.engine import Database
from database.postgresql import PostgresDatabase
from database.transaction import Transaction
from models import Team
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.tenancy.tenancy_fixtures import TenantPair
from tests.tenancy.tenant_rows import Row, primary_key, reference_columns, tenant_tables

BACKEND_PID = select(func.pg_backend_pid())
COUNT_TEAMS = select(func.count()).select_from(table_of(Team))


# SQL statements without the application


def _rows_of(tenants: TenantPair, table: Table, tenant_id: uuid.UUID) -> list[Row]:
    return [row for row in tenants.initial_rows[table.name] if row["tenant_id"] == tenant_id]


@pytest.mark.only("postgresql")
async def test_select_without_tenant_returns_no_rows(tenants: TenantPair) -> None:
    for tenants_set, table in product(((), (None,), (uuid.UUID(int=0),)), tenant_tables()):
        async with tenants.app_fixture.database.write_engine.connect() as connection:
            for tenant in tenants_set:
                await set_tenant(connection, tenant)
            assert await connection.scalar(select(func.count()).select_from(table)) == 0, table


@pytest.mark.only("postgresql")
async def test_select_with_malformed_tenant_fails(tenants: TenantPair) -> None:
    for table in tenant_tables():
        async with tenants.app_fixture.database.write_engine.connect() as connection:
            await connection.execute(text("SET LOCAL app.tenant_id = 'malformed'"))
            with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
                await connection.execute(select(table))


@pytest.mark.only("postgresql")
async def test_writes_without_tenant_have_no_effect(tenants: TenantPair) -> None:
    for table in tenant_tables():
        (row, *_) = _rows_of(tenants, table, tenants.own_tenant.id)
        async with tenants.app_fixture.database.write_engine.begin() as connection:
            assert (await connection.execute(update(table).values(_valid_update(table)))).rowcount == 0
            assert (await connection.execute(delete(table))).rowcount == 0
        await _assert_insert_rejected(tenants, table, row, tenant=None)


@pytest.mark.only("postgresql")
async def test_insert_into_another_tenant_is_rejected(tenants: TenantPair) -> None:
    for table in tenant_tables():
        for row in _rows_of(tenants, table, tenants.other_tenant.id):
            await _assert_insert_rejected(tenants, table, row | _new_key(table), tenant=tenants.own_tenant.id)


def _new_key(table: Table) -> Row:
    return {"id": uuid.uuid4()} if "id" in table.c else {}


async def _assert_insert_rejected(tenants: TenantPair, table: Table, row: Row, tenant: uuid.UUID | None) -> None:
    async with tenants.app_fixture.database.write_engine.connect() as connection:
        if tenant is not None:
            await set_tenant(connection, tenant)
        with pytest.raises(DBAPIError, match="violates row-level security policy"):
            await connection.execute(insert(table), [row])


@pytest.mark.only("postgresql")
@pytest.mark.not_on_citus("it refuses to update the column that rows are distributed by")
async def test_update_of_tenant_id_to_another_tenant_is_rejected(tenants: TenantPair) -> None:
    for table in tenant_tables():
        async with tenants.app_fixture.database.write_engine.connect() as connection:
            await set_tenant(connection, tenants.own_tenant.id)
            error = "append-only" if table.info.get("append_only") else "violates row-level security policy"
            with pytest.raises(DBAPIError, match=error):
                await connection.execute(update(table).values(tenant_id=tenants.other_tenant.id))


@pytest.mark.only("postgresql")
async def test_rows_of_another_tenant_cannot_be_selected_updated_or_deleted(tenants: TenantPair) -> None:
    async with tenants.app_fixture.database.write_engine.begin() as connection:
        await set_tenant(connection, tenants.own_tenant.id)
        for table in reversed(tenant_tables()):
            in_other_tenant = table.c.tenant_id == tenants.other_tenant.id
            assert (await connection.execute(select(table).where(in_other_tenant).with_for_update())).all() == []
            values = _valid_update(table)
            assert (await connection.execute(update(table).where(in_other_tenant).values(values))).rowcount == 0
            assert (await connection.execute(delete(table).where(in_other_tenant))).rowcount == 0
    await tenants.assert_other_tenant_unchanged()


def _valid_update(table: Table) -> Row:
    if "updated_at" in table.c:
        return {"updated_at": utc_now()}
    column = next(column for column in table.c if column.name != "tenant_id")
    return {column.name: column}


# Foreign keys


async def test_foreign_keys_reject_references_to_another_tenant(tenants: TenantPair) -> None:
    """On both engines, and even for a superuser: the composite foreign keys reject the reference."""
    tested_columns = set()
    members = {tenants.own_tenant.users[role].id: tenants.other_tenant.users[role].id for role in Role}
    foreign_ids = {**tenants.foreign_copies, **members}
    for table in tenant_tables():
        rows = _rows_of(tenants, table, tenants.own_tenant.id)
        for foreign_key in table.foreign_key_constraints:
            column = list(foreign_key.columns)[-1].name
            row = next((row for row in rows if row[column] in foreign_ids), None)
            if len(foreign_key.columns) > 1 and row is not None:
                tested_columns.add(f"{table.name}.{column}")
                foreign_id = foreign_ids[row[column]]
                with pytest.raises(IntegrityError):
                    await tenants.tenant_rows.update(table, primary_key(table, row), **{column: foreign_id})
    assert tested_columns >= {
        "task.project_id",
        "task.assignee_id",
        "worker.team_id",
        "task_worker.task_id",
        "task_worker.worker_id",
    }
    assert tested_columns == {f"{table.name}.{name}" for table in tenant_tables() for name in reference_columns(table)}


# Connection pool


async def _scalar(transaction: Transaction, statement: Select[Any]) -> Any:
    ((value,),) = await transaction.rows(statement, {})
    return value


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("commits", [True, False])
async def test_released_connection_has_no_tenant(tenants: TenantPair, database: Database, *, commits: bool) -> None:
    assert isinstance(database, PostgresDatabase)
    transaction, backend = await _begin_in_other_tenant(database.begin_write, tenants)
    if commits:
        await transaction.commit()
    await transaction.close()
    connection = await database.pool.acquire()
    assert await connection.driver.fetchval(str(BACKEND_PID)) == backend
    assert not await connection.driver.fetchval("SELECT current_setting('app.tenant_id', true)")
    assert await connection.driver.fetchval(str(COUNT_TEAMS)) == 0
    await database.pool.release(connection)


@pytest.mark.only("postgresql")
async def test_parked_transaction_is_not_used_by_another_principal(tenants: TenantPair, database: Database) -> None:
    transaction, backend = await _begin_in_other_tenant(database.begin_read, tenants)
    assert transaction.park()
    anonymous, _ = await database.begin_read(Credentials())
    assert await _scalar(anonymous, BACKEND_PID) == backend
    assert await _scalar(anonymous, COUNT_TEAMS) == 0
    await anonymous.close()


async def _begin_in_other_tenant(begin: Callable[[Credentials], Any], tenants: TenantPair) -> tuple[Any, int]:
    """Begin a transaction in the other tenant, and return it with the process id of its PostgreSQL backend."""
    transaction, principal = await begin(Credentials(tenants.dual_member.id, tenants.other_tenant.slug))
    assert principal.tenant_id == tenants.other_tenant.id
    assert await _scalar(transaction, COUNT_TEAMS) == 4
    return transaction, await _scalar(transaction, BACKEND_PID)


@pytest.mark.only("postgresql")
async def test_reused_connection_authenticates_each_principal(tenants: TenantPair, database: Database) -> None:
    own, other = tenants.own_tenant, tenants.other_tenant
    results: list[tuple[Any, ...]] = []
    for slug in (other.slug, "nowhere", own.slug, None, other.slug):
        transaction, principal = await database.begin_write(Credentials(tenants.dual_member.id, slug))
        team_count, backend = await _scalar(transaction, COUNT_TEAMS), await _scalar(transaction, BACKEND_PID)
        results.append((principal.tenant_id, team_count, backend))
        await transaction.commit()
        await transaction.close()
    assert [(tenant_id, team_count) for tenant_id, team_count, _ in results] == [
        (other.id, 4),
        (None, 0),
        (own.id, 2),
        (None, 0),
        (other.id, 4),
    ]
    assert len({backend for *_, backend in results}) == 1
