"""No list reads a big table sequentially: neither the default lists, at the root and nested, nor those that are sorted
by a column with an index. The lists are those of the schema, so a new noun is tested without a line here."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from graphql import get_named_type, is_non_null_type

from models.membership import Role
from models.relations import get_model, list_models
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.sync_connection import SyncConnection
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.generated_rows import insert_generated_rows, list_big_tables
from tests.support.graphql_schema import graphql_schema, is_connection, named_type
from tests.support.memberships import make_superuser
from tests.support.plans import PlanReader, recorded_statements

pytestmark = [pytest.mark.slow, pytest.mark.only("postgresql")]

ROWS = 3_000
"""Of each table and tenant."""
MODELS = {model.__name__: model for model in list_models()}


def connection_fields(type_name: str) -> Iterator[tuple[str, Any]]:
    """Yield the names and the definitions of the fields that return a connection and need no argument."""
    for name, field in named_type(type_name).fields.items():
        needs_argument = any(is_non_null_type(argument.type) for argument in field.args.values())
        if is_connection(get_named_type(field.type)) and not needs_argument:
            yield name, field


def node_type(field: Any) -> str:
    """Return the name of the type of the nodes of a connection field."""
    nodes = get_named_type(field.type).fields["nodes"]
    return str(get_named_type(nodes.type).name)


def root_lists() -> Iterator[str]:
    for name, _ in connection_fields("Query"):
        yield f"{{ {name} {{ nodes {{ __typename }} }} }}"


def nested_lists() -> Iterator[str]:
    """Pages, numbers and aggregates of the lists of 20 objects. A list of a tenant may contain a whole table."""
    for name, field in connection_fields("Query"):
        for child, child_field in connection_fields(node_type(field)):
            parts = get_named_type(child_field.type).fields if node_type(field) != "Tenant" else ()
            yield f"{{ {name} {{ nodes {{ {child} {{ nodes {{ __typename }} }} }} }} }}"
            if "totalCount" in parts:
                yield f"{{ {name} {{ nodes {{ {child} {{ totalCount }} }} }} }}"
            if "aggregate" in parts:
                yield f"{{ {name} {{ nodes {{ {child} {{ aggregate {{ groups {{ count }} }} }} }} }} }}"


def indexed_orders() -> Iterator[str]:
    """The lists in both directions of each column that has an index and is never null; of one that may be null, the
    index has the nulls at its end."""
    for name, field in connection_fields("Query"):
        if "orderBy" not in field.args or (model := MODELS.get(node_type(field))) is None:
            continue
        sortable = get_named_type(get_named_type(field.args["orderBy"].type).fields["field"].type).values
        for value, definition in sortable.items():
            column = definition.value
            if column in getattr(model, "sort_indexes", ()) and not is_enum(model, column):
                is_nullable = model.__table__.c[column].nullable
                for order in ("direction: ASC", "direction: DESC, nulls: FIRST" if is_nullable else "direction: DESC"):
                    yield f"{{ {name}(orderBy: [{{field: {value}, {order}}}]) {{ nodes {{ __typename }} }} }}"


def word_filters() -> Iterator[str]:
    """The lists of the objects whose words match a search query."""
    for name, field in connection_fields("Query"):
        for column in getattr(MODELS.get(node_type(field)), "searchable", ()):
            yield f'{{ {name}(where: {{{column}: {{matches: "plum"}}}}) {{ nodes {{ __typename }} }} }}'


def is_enum(model: Any, column: str) -> bool:
    """Return whether a column is an enum, which is sorted by the order of its values; its index is for filters."""
    return hasattr(model.__table__.c[column].type, "enums")


DOCUMENTS = [*root_lists(), *nested_lists(), *indexed_orders(), *word_filters()]


@dataclass
class Lists:
    """Two tenants with many rows in every table, and a client of each that sees a list."""

    app_fixture: AppFixture
    superuser: SyncConnection
    plans: PlanReader
    big_tables: set[str]

    async def scans(self, client: Client, document: str, *, needs_data: bool = True) -> set[str]:
        """Return the big tables that the statements of an operation read sequentially."""
        with recorded_statements(self.app_fixture.database) as statements:
            response = await client(document)
        assert not needs_data or "errors" not in response.body, (document, response.body)
        assert statements or not needs_data, document
        return {table for each in statements for table in await self.plans.scanned_tables(each)} & self.big_tables


@pytest.fixture
async def lists(app_fixture: AppFixture, database_url: str, cluster: Cluster) -> AsyncIterator[Lists]:
    tenant = app_fixture.tenant
    await make_superuser(app_fixture, tenant.users[Role.OWNER])
    superuser = SyncConnection(cluster.superuser_dsn(database=database_name(database_url)))
    tenants = [each.id for each in app_fixture.tenants.values()]
    names = insert_generated_rows(superuser, tenants, tenant.users[Role.MEMBER].id, ROWS)
    superuser.execute("ANALYZE")
    connection = await asyncpg.connect(database_url, ssl=False)
    big_tables = set(list_big_tables(superuser, names, ROWS))
    yield Lists(app_fixture, superuser, PlanReader(connection, tenant.id), big_tables)
    await connection.close()
    superuser.close()


def test_documents_cover_the_lists_of_all_nouns() -> None:
    queries = graphql_schema().query_type
    assert queries is not None
    assert {"tasks", "orders", "auditLog", "users"} <= {name for name, _ in connection_fields("Query")}
    assert any("projects { nodes { tasks { nodes" in document for document in DOCUMENTS)
    assert any("products(where: {name: {matches:" in document for document in DOCUMENTS)
    assert any("field: DUE_DATE, direction: DESC" in document for document in DOCUMENTS)
    assert get_model("task") in MODELS.values()


async def test_no_list_reads_a_big_table_sequentially(lists: Lists) -> None:
    assert {"task", "order", "transfer", "audit_entry", "article", "membership"} <= lists.big_tables
    owner = lists.app_fixture.tenant.client(Role.OWNER)
    found = {document: tables for document in DOCUMENTS if (tables := await lists.scans(owner, document))}
    assert found == {}
    member = lists.app_fixture.tenant.client(Role.MEMBER)
    assert [document for document in root_lists() if await lists.scans(member, document, needs_data=False)] == []


async def test_missing_index_is_found(lists: Lists) -> None:
    owner = lists.app_fixture.tenant.client(Role.OWNER)
    nested = "{ projects { nodes { tasks { aggregate { groups { count } } } } } }"
    by_title = "{ tasks(orderBy: [{field: TITLE, direction: ASC}]) { nodes { __typename } } }"
    assert {nested, by_title} <= set(DOCUMENTS)
    for document, column in ((nested, "project_id"), (by_title, "title")):
        assert await lists.scans(owner, document) == set()
        # In a thread: it waits for a read transaction that the event loop ends a moment later.
        await asyncio.to_thread(lists.superuser.execute, f"DROP INDEX ix_task_tenant_id_{column}_id")
        assert await lists.scans(owner, document) == {"task"}
