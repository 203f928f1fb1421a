"""PostgreSQL: the functions that read the full-text index return rows of the current tenant only, from the index."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.authentication import set_tenant
from database.engine import Database
from models import Article
from queries.lists import PageQuery
from queries.search import BY_RANK, select_matches
from tests.api.search_helpers import create_article, create_document
from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import APP_ROLE
from tests.support.app_fixture import AppFixture

ENTRIES = {
    name: text(f"SELECT object_id FROM {name}('''compost''', ARRAY['article', 'document'], true)")  # noqa: S608
    for name in ("search_entries", "ranked_search_entries")
}
ROWS = text("SELECT object_id FROM search_entry")
INDEX_SCANS = text(
    "SELECT seq_scan, pg_stat_get_xact_numscans('ix_search_entry_vector'::regclass)"
    " FROM pg_stat_xact_user_tables WHERE relname = 'search_entry'"
)
INSERT_ARTICLES = text(
    """
    INSERT INTO article (tenant_id, id, created_at, updated_at, version, title, content, language, status)
    SELECT CAST(:tenant AS uuid), gen_random_uuid(), now(), now(), 1, 'Article ' || number,
        'Compost of ' || number, 'ENGLISH', 'PUBLISHED'
    FROM generate_series(1, 3000) AS number
    """
)

pytestmark = [
    pytest.mark.only("postgresql"),
    pytest.mark.not_on_citus(
        "the functions run within statements on the shards, as tests/api/test_search.py sends them"
    ),
]
each_function = pytest.mark.parametrize("function", ENTRIES)


async def ids(connection: AsyncConnection, statement: Any, tenant: UUID | None = None) -> set[UUID]:
    """Return the ids that a statement selects as the current tenant, or without one."""
    await set_tenant(connection, tenant)
    return set((await connection.execute(statement)).scalars())


@pytest.fixture
async def ids_by_tenant(app_fixture: AppFixture) -> dict[UUID, set[UUID]]:
    """The ids of an article and a document of each tenant."""
    tenants = (app_fixture.tenant, app_fixture.other_tenant)
    return {
        tenant.id: {(await create_article(tenant, "Compost")).id, (await create_document(tenant, "Compost")).id}
        for tenant in tenants
    }


@each_function
async def test_function_returns_rows_of_the_current_tenant(
    database: Database, ids_by_tenant: dict[UUID, set[UUID]], function: str
) -> None:
    async with database.write_engine.connect() as connection:
        for tenant, expected in ids_by_tenant.items():
            assert await ids(connection, ENTRIES[function], tenant) == expected
        for unknown in (None, UUID(int=0)):
            assert await ids(connection, ENTRIES[function], unknown) == set()


async def test_statement_returns_no_rows_of_another_tenant_than_the_setting(
    database: Database, ids_by_tenant: dict[UUID, set[UUID]]
) -> None:
    """The scope of the statement and the setting of the transaction must name the same tenant."""
    own, other = ids_by_tenant
    statement = select_matches(Article, PageQuery(order=BY_RANK), "postgresql")
    async with database.write_engine.connect() as connection:
        cases: list[tuple[UUID | None, UUID, int]] = [(own, own, 1), (own, other, 0), (other, own, 0), (None, own, 0)]
        for setting, scope, count in cases:
            await set_tenant(connection, setting)
            parameters = {"search": "'compost'", "tenant": scope, "user": own, "sees_all": True}
            assert len((await connection.execute(statement, parameters)).all()) == count


@each_function
async def test_other_roles_read_the_current_tenant_only_and_no_function(
    database: Database, ids_by_tenant: dict[UUID, set[UUID]], cluster: Cluster, function: str
) -> None:
    """Only the owner of the table, as which the function runs, is exempt from its policy."""
    own, _ = ids_by_tenant
    cluster.execute("DO $$ BEGIN CREATE ROLE search_reader; EXCEPTION WHEN duplicate_object THEN END $$")
    cluster.execute(f"GRANT search_reader TO {APP_ROLE}")
    async with database.write_engine.connect() as connection:
        await connection.execute(text("GRANT SELECT ON search_entry TO search_reader"))
        await connection.execute(text("SET LOCAL ROLE search_reader"))
        assert await ids(connection, ROWS) == set()
        assert await ids(connection, ROWS, own) == ids_by_tenant[own]
        with pytest.raises(DBAPIError, match=f"permission denied for function {function}"):
            await ids(connection, ENTRIES[function], own)


@each_function
async def test_temporary_table_does_not_replace_the_index(
    database: Database, ids_by_tenant: dict[UUID, set[UUID]], function: str
) -> None:
    """The functions look for tables in the schema of the application only."""
    own, _ = ids_by_tenant
    async with database.write_engine.connect() as connection:
        await connection.execute(text("CREATE TEMPORARY TABLE search_entry (LIKE public.search_entry)"))
        assert await ids(connection, ENTRIES[function], own) == ids_by_tenant[own]


async def test_search_scans_the_index(app_fixture: AppFixture, database: Database) -> None:
    """Once for the title, and once for all others if they do not fill the page."""
    tenant = app_fixture.tenant.id
    statement = select_matches(Article, PageQuery(order=BY_RANK), "postgresql")
    async with database.write_engine.begin() as connection:
        await set_tenant(connection, tenant)
        await connection.execute(INSERT_ARTICLES, {"tenant": str(tenant)})
    async with database.write_engine.connect() as connection:
        await set_tenant(connection, tenant)
        for repetition in range(1, 8):  # plans of functions change after the fifth execution
            for search in ("'compost' & '77'", "'compost'", "'article'"):
                parameters = {"search": search, "tenant": tenant, "user": tenant, "sees_all": False}
                assert (await connection.execute(statement, parameters)).all()
            assert (await connection.execute(INDEX_SCANS)).one() == (0, 5 * repetition)
