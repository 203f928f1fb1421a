"""Optimistic locking: version and updatedAt change exactly when a value changes, and a stale version is a conflict."""

from datetime import datetime
from typing import Any

import pytest

from models.relations import get_model
from tests.support import documents
from tests.support.client import Client
from tests.support.documents import MEMBER_TYPES
from tests.support.sample_data import SampleData, fetch_table

CHANGED_FIELD = {"Team": "name", "Worker": "name", "Project": "description", "Task": "title"}
for_each_type = pytest.mark.parametrize("type_name", MEMBER_TYPES)


async def fetch_rows_by_id(sample_data: SampleData, type_name: str) -> dict[Any, dict[str, Any]]:
    """Return all rows of a type by id."""
    return {row["id"]: row for row in await fetch_table(sample_data.tenant, get_model(type_name.lower()))}


@for_each_type
async def test_update_increments_version_and_updated_at(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    before = await fetch_rows_by_id(sample_data, type_name)
    id, *_ = sample_data.ids(type_name)
    for version in (2, 3, 4):
        response = await member_client(
            documents.update(type_name), id=id, input={CHANGED_FIELD[type_name]: f"Version {version}"}
        )
        assert response.payload(f"update{type_name}")[type_name.lower()]["version"] == version
    after = await fetch_rows_by_id(sample_data, type_name)
    changed_ids = {key for key, row in after.items() if row != before[key]}
    assert len(changed_ids) == 1
    assert after[changed_ids.pop()]["updated_at"] > max(row["updated_at"] for row in before.values())


@for_each_type
async def test_update_with_same_values_changes_nothing(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    before = await fetch_rows_by_id(sample_data, type_name)
    id, *_ = sample_data.ids(type_name)
    current = (await member_client(documents.by_id(type_name), id=id)).data[type_name.lower()]
    for input in ({}, {CHANGED_FIELD[type_name]: current[CHANGED_FIELD[type_name]]}):
        response = await member_client(documents.update(type_name), id=id, input=input, expectedVersion=1)
        assert response.payload(f"update{type_name}")[type_name.lower()] == current
    assert await fetch_rows_by_id(sample_data, type_name) == before


@for_each_type
async def test_update_with_current_version_succeeds(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    id, *_ = sample_data.ids(type_name)
    for version in (1, 2, None, 4):
        input = {CHANGED_FIELD[type_name]: f"From {version}"}
        response = await member_client(documents.update(type_name), id=id, input=input, expectedVersion=version)
        assert response.payload(f"update{type_name}")[type_name.lower()][CHANGED_FIELD[type_name]] == f"From {version}"


@for_each_type
async def test_write_with_stale_version_is_conflict_with_current_object(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    id, *_ = sample_data.ids(type_name)
    updated = await member_client(documents.update(type_name), id=id, input={CHANGED_FIELD[type_name]: "Newer"})
    current = updated.payload(f"update{type_name}")[type_name.lower()]
    before = await fetch_rows_by_id(sample_data, type_name)
    for version in (1, 3, 0, -1, 2**31 - 1):
        stale = {"id": id, "expectedVersion": version}
        responses = {
            "update": await member_client(
                documents.update(type_name), **stale, input={CHANGED_FIELD[type_name]: "Older"}
            ),
            "delete": await member_client(documents.delete(type_name), **stale),
        }
        for action, response in responses.items():
            payload = response.data[f"{action}{type_name}"]
            assert payload.pop("deletedId", None) is None
            assert payload[type_name.lower()] == current
            assert response.user_errors(f"{action}{type_name}") == [("CONFLICT", ["expectedVersion"])]
    assert await fetch_rows_by_id(sample_data, type_name) == before


async def test_conflict_payload_resolves_relations(member_client: Client, sample_data: SampleData) -> None:
    stale = {"id": sample_data.ids("Task")[0], "input": {"projectId": None}, "expectedVersion": 9}
    task = (await member_client(documents.update("Task"), **stale)).data["updateTask"]["task"]
    assert task["project"]["name"] == "Project 0"
    assert task["workers"]["totalCount"] == 2


async def test_transfer_worker_checks_expected_version(member_client: Client, sample_data: SampleData) -> None:
    arguments = {"workerId": sample_data.ids("Worker")[0], "toTeamId": sample_data.ids("Team")[1]}
    rejected = await member_client(documents.TRANSFER_WORKER, **arguments, expectedVersion=2)
    assert rejected.user_errors("transferWorker") == [("CONFLICT", ["expectedVersion"])]
    assert rejected.data["transferWorker"]["worker"]["team"]["name"] == "Team 0"
    accepted = await member_client(documents.TRANSFER_WORKER, **arguments, expectedVersion=1)
    assert accepted.payload("transferWorker")["worker"]["version"] == 2


@for_each_type
async def test_delete_with_current_version_succeeds(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    id, *_ = sample_data.ids(type_name)
    response = await member_client(documents.delete(type_name), id=id, expectedVersion=1)
    assert response.payload(f"delete{type_name}")["deletedId"] == id


@pytest.mark.parametrize(
    ("deleted", "referencing", "column"),
    [("Team", "Worker", "team_id"), ("Project", "Task", "project_id"), ("Worker", "Task", "assignee_id")],
)
async def test_delete_updates_only_referencing_rows(
    deleted: str, referencing: str, column: str, member_client: Client, sample_data: SampleData
) -> None:
    unaffected_id = sample_data.ids(referencing)[-1]
    await member_client(documents.update(referencing), id=unaffected_id, input={_reference_field(column): None})
    before = {type_name: await fetch_rows_by_id(sample_data, type_name) for type_name in MEMBER_TYPES}
    (await member_client(documents.delete(deleted), id=sample_data.ids(deleted)[0])).payload(f"delete{deleted}")
    after = {type_name: await fetch_rows_by_id(sample_data, type_name) for type_name in MEMBER_TYPES}
    for key, row in before.pop(referencing).items():
        new_row = after[referencing][key]
        if row[column] is None:
            assert new_row == row
        else:
            assert new_row == row | {column: None, "version": row["version"] + 1, "updated_at": new_row["updated_at"]}
            assert new_row["updated_at"] > row["updated_at"]
    before[deleted] = {key: row for key, row in before[deleted].items() if key in after[deleted]}
    assert {type_name: after[type_name] for type_name in before} == before
    assert len(after[deleted]) == 2


def _reference_field(column: str) -> str:
    return column.replace("_id", "Id")


async def test_timestamps_are_utc_with_microseconds(member_client: Client, sample_data: SampleData) -> None:
    current = (await member_client(documents.by_id("Task"), id=sample_data.ids("Task")[0])).data["task"]
    (row,) = [
        row for row in (await fetch_rows_by_id(sample_data, "Task")).values() if row["id"] == sample_data.tasks[0].id
    ]
    assert current["createdAt"].endswith("Z")
    assert datetime.fromisoformat(current["createdAt"]) == row["created_at"]
    assert datetime.fromisoformat(current["updatedAt"]) == row["updated_at"]
