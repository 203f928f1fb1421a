"""Optimistic locking: version and updatedAt change exactly when a value changes, and a stale version is a conflict."""

import asyncio
from datetime import datetime

import pytest

from models import Task
from tests.api.nouns import for_nouns_with
from tests.support import documents
from tests.support.client import Client
from tests.support.noun_client import NounClient
from tests.support.sample_data import SampleData, fetch_table


@for_nouns_with("update")
async def test_update_increments_version_of_one_row(noun: NounClient) -> None:
    before, id = await noun.stored_rows(), noun.ids[0]
    current = await noun.read(id)
    assert current is not None
    versions = (current["version"], current["version"] + 1, None, current["version"] + 3)
    for number, expected_version in enumerate(versions):
        change = noun.spec.change(number)
        updated = (await noun.update(id, change, expected_version)).accepted
        assert updated == updated | change | {"version": current["version"] + number + 1}
    after = await noun.stored_rows()
    (changed_id,) = {key for key, row in after.items() if row != before[key]}
    assert after[changed_id]["updated_at"] > max(row["updated_at"] for row in before.values())


@for_nouns_with("update")
async def test_update_with_same_values_changes_nothing(noun: NounClient) -> None:
    before, id = await noun.stored_rows(), noun.ids[0]
    current = await noun.read(id)
    assert current is not None
    values = noun.input(0, "update")
    same_values = {name: value for name, value in values.items() if name in current and current[name] == value}
    assert same_values
    for input in ({}, same_values):
        assert (await noun.update(id, input, current["version"])).accepted == current
    assert await noun.stored_rows() == before


@for_nouns_with("update", "delete")
async def test_write_with_stale_version_is_conflict_with_current_object(noun: NounClient) -> None:
    id = noun.deletable_id
    current = (await noun.update(id, noun.spec.change(1))).accepted
    before = await noun.stored_rows()
    for version in (current["version"] - 1, current["version"] + 1, 0, -1, 2**31 - 1):
        for result in (await noun.update(id, noun.spec.change(2), version), await noun.delete(id, version)):
            assert (result.deleted_id, result.row) == (None, current)
            assert result.errors == [("CONFLICT", ["expectedVersion"])]
    assert await noun.stored_rows() == before


@for_nouns_with("update")
async def test_one_of_concurrent_updates_with_same_version_succeeds(noun: NounClient) -> None:
    id = noun.ids[0]
    current = await noun.read(id)
    assert current is not None
    calls = [noun.update(id, noun.spec.change(number), current["version"]) for number in range(5)]
    results = await asyncio.gather(*calls)
    assert sorted(result.errors for result in results) == [[]] + [[("CONFLICT", ["expectedVersion"])]] * 4
    (winner,) = (number for number, result in enumerate(results) if not result.errors)
    after = results[winner].accepted
    assert await noun.read(id) == after
    assert after == after | noun.spec.change(winner) | {"version": current["version"] + 1}


@pytest.mark.any_server
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


async def test_timestamps_are_utc_with_microseconds(member_client: Client, sample_data: SampleData) -> None:
    current = (await member_client(documents.by_id("Task"), id=sample_data.ids("Task")[0])).data["task"]
    rows = await fetch_table(sample_data.tenant, Task)
    (row,) = [row for row in rows if row["id"] == sample_data.rows["task"][0].id]
    assert current["createdAt"].endswith("Z")
    assert datetime.fromisoformat(current["createdAt"]) == row["created_at"]
    assert datetime.fromisoformat(current["updatedAt"]) == row["updated_at"]
