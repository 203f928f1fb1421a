"""The query `auditLog`."""

from typing import Any

import pytest

from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData


async def list_nodes(client: Client, **arguments: Any) -> list[dict[str, Any]]:
    """Return the entries of a page."""
    nodes: list[dict[str, Any]] = (await client(documents.AUDIT_LOG, **{"first": 100} | arguments)).data["auditLog"][
        "nodes"
    ]
    return nodes


@pytest.mark.parametrize("role", Role)
async def test_admins_and_owners_read_the_audit(role: Role, sample_data: SampleData) -> None:
    response = await sample_data.tenant.client(role)(documents.AUDIT_LOG)
    assert response.error_codes == (["FORBIDDEN"] if role is Role.MEMBER else [])


async def test_entries_of_other_tenants_are_not_visible(sample_data: SampleData) -> None:
    client = sample_data.tenant.app_fixture.other_tenant.client(Role.OWNER)
    assert {node["noun"] for node in await list_nodes(client)} == {"Tenant", "Membership", "Invitation"}


async def test_entries_are_filtered(sample_data: SampleData) -> None:
    client, task = sample_data.tenant.client(Role.ADMIN), sample_data.ids("Task")[0]
    await client(documents.update("Task"), id=task, input={"title": "New", "dueDate": "2027-01-01"})
    (update,) = await list_nodes(client, first=1)
    assert update == update | {
        "noun": "Task",
        "objectId": task,
        "version": 2,
        "action": "UPDATED",
        "actorKind": "USER",
        "actorId": global_id(sample_data.tenant.users[Role.ADMIN]),
        "before": {"title": "Task 0", "dueDate": update["before"]["dueDate"]},
        "after": {"title": "New", "dueDate": "2027-01-01"},
        "user": {"id": global_id(sample_data.tenant.users[Role.ADMIN])},
    }
    assert sorted(update["changedFields"]) == ["dueDate", "title"]
    filters: list[dict[str, Any]] = [
        {"objectId": {"eq": task}, "action": {"eq": "UPDATED"}},
        {"noun": {"eq": "Task"}, "changedFields": {"includes": "dueDate"}, "action": {"ne": "CREATED"}},
        {"actorId": {"eq": update["actorId"]}},
        {"user": {"email": {"eq": "admin@here.test"}}},
        {"createdAt": {"gte": update["createdAt"]}},
        {"noun": {"eq": "Task"}, "changedFields": {"includesAny": ["dueDate", "status"]}, "action": {"ne": "CREATED"}},
        {"createdAt": {"gt": update["createdAt"]}},
        {"changedFields": {"includes": "due"}},
        {"changedFields": {"includes": "duedate"}},
        {"changedFields": {"includes": " ".join(update["changedFields"])}},
        {"changedFields": {"includesAny": []}},
        {"objectId": {"eq": sample_data.ids("Task")[1]}, "action": {"eq": "UPDATED"}},
        {"objectId": {"eq": "nonsense"}},
    ]
    found = [await list_nodes(client, where=where) for where in filters]
    assert [nodes == [update] for nodes in found] == [True] * 6 + [False] * 7
    assert found[6:] == [[]] * 7


@pytest.mark.only("postgresql")
async def test_id_of_another_type_finds_nothing(sample_data: SampleData) -> None:
    """The prefix of an id counts: digits of a worker's id are no id of a task."""
    client, worker = sample_data.tenant.client(Role.ADMIN), sample_data.ids("Worker")[0]
    await client(documents.update("Worker"), id=worker, input={"name": "New"})
    all_entries, digits = await list_nodes(client), worker.partition("_")[2]
    own = [node for node in all_entries if node["objectId"] == worker]
    actor = global_id(sample_data.tenant.users[Role.ADMIN]).partition("_")[2]
    counts: list[tuple[dict[str, Any], int]] = [
        ({"objectId": {"eq": worker}}, len(own)),
        ({"objectId": {"eq": f"task_{digits}"}}, 0),
        ({"objectId": {"eq": f"unknown_{digits}"}}, 0),
        ({"objectId": {"eq": f"WORKER_{digits}"}}, 0),
        ({"objectId": {"ne": worker}}, len(all_entries) - len(own)),
        ({"objectId": {"ne": f"task_{digits}"}}, len(all_entries)),
        (
            {"objectId": {"in": [worker, f"task_{digits}", sample_data.ids("Task")[0]]}, "noun": {"eq": "Worker"}},
            len(own),
        ),
        ({"objectId": {"in": [f"task_{digits}"]}}, 0),
        ({"objectId": {"in": []}}, 0),
        ({"objectId": {"isNull": False}}, len(all_entries)),
        ({"actorId": {"eq": f"user_{actor}"}, "objectId": {"eq": worker}}, 1),
        ({"actorId": {"eq": f"api_key_{actor}"}, "objectId": {"eq": worker}}, 0),
        ({"actorId": {"eq": f"task_{actor}"}, "objectId": {"eq": worker}}, 0),
        ({"actorId": {"ne": f"api_key_{actor}"}, "objectId": {"eq": worker}}, len(own)),
        ({"actorId": {"ne": f"user_{actor}"}, "objectId": {"eq": worker}}, len(own) - 1),
    ]
    for where, count in counts:
        assert (where, len(await list_nodes(client, where=where))) == (where, count)


async def test_entries_are_sorted(sample_data: SampleData) -> None:
    client = sample_data.tenant.client(Role.OWNER)
    newest_first = await list_nodes(client)
    assert newest_first == sorted(newest_first, key=lambda node: str(node["id"]), reverse=True)
    by_noun = await list_nodes(client, orderBy=[{"field": "NOUN"}])
    assert [node["noun"] for node in by_noun] == sorted(node["noun"] for node in by_noun)


async def test_node_returns_an_entry_to_admins_only(sample_data: SampleData) -> None:
    (entry,) = await list_nodes(sample_data.tenant.client(Role.ADMIN), first=1)
    query = "query ($id: ID!) { node(id: $id) { id ... on AuditEntry { noun } } }"
    for role, expected in ((Role.ADMIN, {"id": entry["id"], "noun": entry["noun"]}), (Role.MEMBER, None)):
        assert (await sample_data.tenant.client(role)(query, id=entry["id"])).data["node"] == expected


async def test_values_are_those_of_the_contract(sample_data: SampleData) -> None:
    """What an object's entry says after its creation is what clients read."""
    client = sample_data.tenant.client(Role.OWNER)
    query = "{ products(first: 1) { nodes { id name description price stock active externalId createdAt } } }"
    (product,) = (await client(query)).data["products"]["nodes"]
    where = {"objectId": {"eq": product.pop("id")}, "action": {"eq": "CREATED"}}
    (entry,) = await list_nodes(client, where=where)
    assert entry["after"] == product
