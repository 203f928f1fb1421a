"""Row-level security, as the application's role meets it: on a distributed database, that of the shards."""

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from database.authentication import set_tenant
from database.role import list_tenant_tables, list_unprotected_tables
from models import Task
from models.relations import get_table, table_of
from tests.support.sample_data import SampleData

pytestmark = [pytest.mark.any_server, pytest.mark.only("postgresql")]


async def test_statement_without_tenant_sees_nothing(sample_data: SampleData) -> None:
    for name in list_tenant_tables():
        async with sample_data.tenant.app_fixture.database.write_engine.begin() as connection:
            assert (await connection.execute(select(get_table(name)))).all() == [], name


async def test_policies_are_forced_on_all_tables(sample_data: SampleData) -> None:
    async with sample_data.tenant.app_fixture.database.read_engine.connect() as connection:
        assert await list_unprotected_tables(connection) == []


async def test_rows_of_another_tenant_cannot_be_selected_updated_or_deleted(sample_data: SampleData) -> None:
    """Also with a condition that names the tenant, by which a statement finds its shard."""
    app_fixture, table, task = sample_data.tenant.app_fixture, table_of(Task), sample_data.rows["task"][0]
    is_foreign = (table.c.tenant_id == sample_data.tenant.id, table.c.id == task.id)
    async with app_fixture.database.write_engine.begin() as connection:
        await set_tenant(connection, app_fixture.other_tenant.id)
        assert (await connection.execute(select(table).where(*is_foreign))).all() == []
        assert (await connection.execute(update(table).where(*is_foreign).values(title="Taken"))).rowcount == 0
        assert (await connection.execute(delete(table).where(*is_foreign))).rowcount == 0
    async with app_fixture.database.write_engine.begin() as connection:
        await set_tenant(connection, sample_data.tenant.id)
        assert (await connection.execute(select(table.c.title).where(*is_foreign))).scalar_one() == task.title


async def test_row_of_another_tenant_cannot_be_inserted(sample_data: SampleData) -> None:
    app_fixture, table, task = sample_data.tenant.app_fixture, table_of(Task), sample_data.rows["task"][0]
    copied = {column.name: getattr(task, column.name) for column in table.c} | {"project_id": None}
    for tenant in (None, app_fixture.other_tenant.id):
        async with app_fixture.database.write_engine.connect() as connection:
            if tenant is not None:
                await set_tenant(connection, tenant)
            with pytest.raises(DBAPIError, match="row-level security"):
                await connection.execute(insert(table), [copied])


async def test_tenant_ends_with_the_transaction(sample_data: SampleData) -> None:
    async with sample_data.tenant.app_fixture.database.write_engine.connect() as connection:
        for end in (connection.commit, connection.rollback):
            await set_tenant(connection, sample_data.tenant.id)
            assert (await connection.execute(select(table_of(Task)))).all() != []
            await end()
            assert (await connection.execute(select(table_of(Task)))).all() == []
            await end()
