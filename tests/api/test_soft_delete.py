"""Soft deletion, for every noun that has it: deleted objects are hidden everywhere, and can be restored or purged."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Index, column
from sqlalchemy.schema import CreateIndex, DropIndex
from strawberry.utils.str_converters import to_camel_case

from inputs.nouns import plural
from models import Document
from models.relations import table_of
from schema.noun import Noun
from schema.nouns import NOUNS
from services.core import records
from tests.checks.sources import sources
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

SOFT_DELETABLE = [noun for noun in NOUNS if noun.is_soft_deletable]
USER_ERRORS = "userErrors { code field message }"


class Documents:
    """The GraphQL documents of a soft-deletable noun, and a row of it."""

    def __init__(self, noun: Noun, row: Any) -> None:
        self.model, self.type_name, self.id = noun.model, noun.model.__name__, global_id(row)
        self.name, self.plural = to_camel_case(noun.table), to_camel_case(plural(noun.table).replace(" ", "_"))
        fields = "id version deletedAt deletedBy { id }"
        self.by_id = (
            f"query ($id: ID!, $all: Boolean) {{ {self.name}(id: $id, includeDeleted: $all) {{ {fields} }} "
            f"node(id: $id) {{ id }} nodes(ids: [$id]) {{ id }} }}"
        )
        self.all = (
            f"query ($all: Boolean, $where: {self.type_name}Where, $orderBy: [{self.type_name}Order!]) {{ "
            f"{self.plural}(includeDeleted: $all, where: $where, orderBy: $orderBy) "
            f"{{ totalCount nodes {{ {fields} }} edges {{ node {{ id }} }} }} }}"
        )
        self._fields = fields

    def mutation(self, verb: str) -> str:
        """Return a mutation that deletes, restores or purges an object."""
        deleted_id = "" if verb == "restore" else "deletedId"
        return (
            f"mutation ($id: ID!, $version: Int) {{ {verb}{self.type_name}(id: $id, expectedVersion: $version) "
            f"{{ {deleted_id} {self.name} {{ {self._fields} }} {USER_ERRORS} }} }}"
        )

    async def run(self, client: Client, verb: str, **variables: Any) -> dict[str, Any]:
        """Delete, restore or purge the object; return the payload."""
        response = await client(self.mutation(verb), id=self.id, **variables)
        return response.payload(f"{verb}{self.type_name}")


@pytest.fixture(params=SOFT_DELETABLE, ids=lambda noun: noun.table)
async def noun_documents(request: pytest.FixtureRequest, app_fixture: AppFixture) -> Documents:
    """The documents of a noun, with one row of it in the tenant."""
    model = request.param.model
    values = {name: name for name, info in model.model_fields.items() if info.is_required() and name != "tenant_id"}
    row = await app_fixture.tenant.run_use_case(lambda work: records.create(work, model, values))
    return Documents(request.param, row)


async def test_deleted_object_is_hidden_everywhere(noun_documents: Documents, member_client: Client) -> None:
    payload = await noun_documents.run(member_client, "delete", version=1)
    assert payload == {"deletedId": noun_documents.id, noun_documents.name: None, "userErrors": []}
    data = (await member_client(noun_documents.by_id, id=noun_documents.id)).data
    assert data == {noun_documents.name: None, "node": None, "nodes": [None]}
    connection = (await member_client(noun_documents.all)).data[noun_documents.plural]
    assert connection == {"totalCount": 0, "nodes": [], "edges": []}
    for verb in ("delete",):
        response = await member_client(noun_documents.mutation(verb), id=noun_documents.id)
        assert response.user_errors(f"{verb}{noun_documents.type_name}") == [("NOT_FOUND", ["id"])]


async def test_admin_sees_deleted_objects_on_demand(
    noun_documents: Documents, admin_client: Client, member_client: Client, app_fixture: AppFixture
) -> None:
    await noun_documents.run(member_client, "delete")
    viewer = (await member_client("{ viewer { id } }")).data["viewer"]
    found = (await admin_client(noun_documents.by_id, id=noun_documents.id, all=True)).data[noun_documents.name]
    assert (found["deletedBy"], found["version"]) == (viewer, 2)
    assert found["deletedAt"] is not None
    where = {"deletedAt": {"isNull": False}}
    order = [{"field": "DELETED_AT", "direction": "DESC"}]
    listed = (await admin_client(noun_documents.all, all=True, where=where, orderBy=order)).data[noun_documents.plural]
    assert listed == {"totalCount": 1, "nodes": [found], "edges": [{"node": {"id": noun_documents.id}}]}
    assert (await admin_client(noun_documents.all, where=where)).data[noun_documents.plural]["totalCount"] == 0
    other_admin = app_fixture.other_tenant.client(next(iter(app_fixture.other_tenant.users)))
    assert (await other_admin(noun_documents.by_id, id=noun_documents.id, all=True)).data[noun_documents.name] is None


async def test_member_may_not_ask_for_deleted_objects(
    noun_documents: Documents, member_client: Client, app_fixture: AppFixture
) -> None:
    for client, code in ((member_client, "FORBIDDEN"), (app_fixture.client(tenant="here"), "UNAUTHENTICATED")):
        for document in (noun_documents.all, noun_documents.by_id):
            response = await client(document, all=True, id=noun_documents.id)
            assert code in response.error_codes


async def test_restored_object_is_visible_again(noun_documents: Documents, member_client: Client) -> None:
    await noun_documents.run(member_client, "delete")
    stale = await member_client(noun_documents.mutation("restore"), id=noun_documents.id, version=1)
    assert stale.user_errors(f"restore{noun_documents.type_name}") == [("CONFLICT", ["expectedVersion"])]
    for _ in range(2):  # restoring an object that is not deleted changes nothing
        restored = (await noun_documents.run(member_client, "restore"))[noun_documents.name]
        assert restored == {"id": noun_documents.id, "version": 3, "deletedAt": None, "deletedBy": None}
    data = (await member_client(noun_documents.by_id, id=noun_documents.id)).data
    assert data[noun_documents.name] == restored


async def test_only_owner_purges_objects(
    noun_documents: Documents,
    member_client: Client,
    admin_client: Client,
    owner_client: Client,
    app_fixture: AppFixture,
) -> None:
    await noun_documents.run(member_client, "delete")
    for client in (member_client, admin_client):
        response = await client(noun_documents.mutation("purge"), id=noun_documents.id)
        assert response.error_codes == ["FORBIDDEN"]
    assert len(await fetch_deleted(app_fixture, noun_documents)) == 1
    assert (await noun_documents.run(owner_client, "purge"))["deletedId"] == noun_documents.id
    assert await fetch_deleted(app_fixture, noun_documents) == []
    for verb in ("restore", "purge"):
        response = await owner_client(noun_documents.mutation(verb), id=noun_documents.id)
        assert response.user_errors(f"{verb}{noun_documents.type_name}") == [("NOT_FOUND", ["id"])]


async def fetch_deleted(app_fixture: AppFixture, noun_documents: Documents) -> list[Any]:
    """Return the rows of the noun, read as an admin who asks for deleted ones."""
    client = app_fixture.tenant.client(next(iter(app_fixture.tenant.users)))
    nodes: list[Any] = (await client(noun_documents.all, all=True)).data[noun_documents.plural]["nodes"]
    return nodes


async def test_object_of_another_tenant_is_not_found(noun_documents: Documents, app_fixture: AppFixture) -> None:
    foreign_client = app_fixture.other_tenant.client(next(iter(app_fixture.other_tenant.users)))
    for verb in ("delete", "restore", "purge"):
        response = await foreign_client(noun_documents.mutation(verb), id=noun_documents.id)
        assert response.user_errors(f"{verb}{noun_documents.type_name}") == [("NOT_FOUND", ["id"])]
    assert len(await fetch_table(app_fixture.tenant, noun_documents.model)) == 1


@pytest.fixture
async def unique_titles(app_fixture: AppFixture) -> AsyncIterator[None]:
    """Titles of documents are unique, as `unique_together` makes them."""
    table = table_of(Document)
    present = column("deleted_at").is_(None)
    name = "uq_document_tenant_id_title"
    index = Index(name, table.c.tenant_id, table.c.title, unique=True, postgresql_where=present, sqlite_where=present)
    await app_fixture.execute_sql(CreateIndex(index))
    yield
    await app_fixture.execute_sql(DropIndex(index))
    table.indexes.discard(index)


@pytest.mark.usefixtures("unique_titles")
async def test_unique_value_of_deleted_object_is_free(app_fixture: AppFixture, member_client: Client) -> None:
    create = f'mutation {{ createDocument(input: {{title: "Plan"}}) {{ document {{ id }} {USER_ERRORS} }} }}'
    first = (await member_client(create)).payload("createDocument")["document"]["id"]
    assert (await member_client(create)).user_errors("createDocument") == [("TAKEN", ["input", "title"])]
    delete = f"mutation ($id: ID!) {{ deleteDocument(id: $id) {{ deletedId {USER_ERRORS} }} }}"
    (await member_client(delete, id=first)).payload("deleteDocument")
    (await member_client(create)).payload("createDocument")
    restore = f"mutation ($id: ID!) {{ restoreDocument(id: $id) {{ document {{ id }} {USER_ERRORS} }} }}"
    response = await member_client(restore, id=first)
    assert response.user_errors("restoreDocument") == [("TAKEN", ["input", "title"])]


def test_only_locks_select_deleted_rows_without_access_check() -> None:
    users = {path for path, source in sources().items() if "restorable(" in source and not path.startswith("tests/")}
    assert users == {"queries/scope.py", "queries/locks.py"}
