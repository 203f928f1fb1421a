"""Documents: deletion, restoration and purging in the audit."""

from typing import Any

import pytest

from models import AuditEntry, Document
from models.base import utc_now
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture, TenantFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

QUERY = "query ($id: ID!, $asOf: DateTime) { document(id: $id, asOf: $asOf) { title content } }"


async def read(client: Client, id: str, time: str) -> Any:
    """Return the document as it was at this time."""
    return (await client(QUERY, id=id, asOf=time)).data["document"]


async def list_entries(tenant: TenantFixture) -> list[dict[str, Any]]:
    """Return the entries of documents, in order."""
    rows = [row for row in await fetch_table(tenant, AuditEntry) if row["noun"] == "Document"]
    return sorted(rows, key=lambda row: row["id"])


async def test_deleted_document_is_restored_in_the_audit(app_fixture: AppFixture) -> None:
    tenant, client = app_fixture.tenant, app_fixture.tenant.client(Role.OWNER)
    id = global_id(await tenant.create(Document, title="Plan", content="Dig."))
    times = [utc_now().isoformat()]
    for document in (documents.delete("Document"), documents.transition("restore", "Document")):
        assert "errors" not in (await client(document, id=id)).body
        times.append(utc_now().isoformat())
    entries = await list_entries(tenant)
    assert [entry["action"] for entry in entries] == ["CREATED", "DELETED", "RESTORED"]
    assert entries[1]["before"] == {"deletedAt": None, "deletedById": None}
    assert entries[2]["after"] == {"deletedAt": None, "deletedById": None}
    present = {"title": "Plan", "content": "Dig."}
    assert [await read(client, id, time) for time in times] == [present, None, present]


@pytest.mark.any_server
async def test_purge_empties_all_entries_of_the_document(app_fixture: AppFixture) -> None:
    tenant, client = app_fixture.tenant, app_fixture.tenant.client(Role.OWNER)
    id = global_id(await tenant.create(Document, title="Plan"))
    other = global_id(await tenant.create(Document, title="Other"))
    await client(documents.update("Document"), id=id, input={"title": "New plan"})
    time = utc_now().isoformat()
    assert (await read(client, id, time))["title"] == "New plan"
    assert "errors" not in (await client(documents.delete("Document", "purge"), id=id)).body
    entries = [entry for entry in await list_entries(tenant) if entry["object_id"].hex == id.rpartition("_")[2]]
    assert [entry["action"] for entry in entries] == ["CREATED", "UPDATED", "PURGED"]
    assert {str(entry["before"] | entry["after"]) for entry in entries} == {"{}"}
    assert entries[1]["changed_fields"] == " title "
    assert await read(client, id, time) is None
    assert (await read(client, other, time))["title"] == "Other"
