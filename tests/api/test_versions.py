"""Optimistic locking: versions and times move exactly when something changed, and a stale version is a conflict."""

from datetime import datetime
from typing import Any

import pytest

from models.relations import model_of
from tests.support import documents
from tests.support.client import Client
from tests.support.documents import NOUNS
from tests.support.scene import Scene, stored

CHANGE = {"Team": "name", "Worker": "name", "Project": "description", "Task": "title"}
nouns = pytest.mark.parametrize("noun", NOUNS)


async def rows(scene: Scene, noun: str) -> dict[Any, dict[str, Any]]:
    """All of a noun's rows, by id."""
    return {row["id"]: row for row in await stored(scene.plot, model_of(noun.lower()))}


@nouns
async def test_a_change_counts_the_version_up_and_moves_the_time(noun: str, member: Client, scene: Scene) -> None:
    before = await rows(scene, noun)
    id, *_ = scene.ids(noun)
    for version in (2, 3, 4):
        answer = await member(documents.update(noun), id=id, input={CHANGE[noun]: f"Version {version}"})
        assert answer.payload(f"update{noun}")[noun.lower()]["version"] == version
    after = await rows(scene, noun)
    moved = {key for key, row in after.items() if row != before[key]}
    assert len(moved) == 1
    assert after[moved.pop()]["updated_at"] > max(row["updated_at"] for row in before.values())


@nouns
async def test_a_change_to_what_is_there_already_is_none(noun: str, member: Client, scene: Scene) -> None:
    before = await rows(scene, noun)
    id, *_ = scene.ids(noun)
    shown = (await member(documents.one(noun), id=id)).data[noun.lower()]
    for input in ({}, {CHANGE[noun]: shown[CHANGE[noun]]}):
        answer = await member(documents.update(noun), id=id, input=input, expectedVersion=1)
        assert answer.payload(f"update{noun}")[noun.lower()] == shown
    assert await rows(scene, noun) == before


@nouns
async def test_the_version_seen_lets_an_update_through(noun: str, member: Client, scene: Scene) -> None:
    id, *_ = scene.ids(noun)
    for version in (1, 2, None, 4):
        input = {CHANGE[noun]: f"From {version}"}
        answer = await member(documents.update(noun), id=id, input=input, expectedVersion=version)
        assert answer.payload(f"update{noun}")[noun.lower()][CHANGE[noun]] == f"From {version}"


@nouns
async def test_a_stale_version_is_a_conflict_that_shows_the_object_as_it_is(
    noun: str, member: Client, scene: Scene
) -> None:
    id, *_ = scene.ids(noun)
    updated = await member(documents.update(noun), id=id, input={CHANGE[noun]: "Newer"})
    current = updated.payload(f"update{noun}")[noun.lower()]
    before = await rows(scene, noun)
    for version in (1, 3, 0, -1, 2**31 - 1):
        stale = {"id": id, "expectedVersion": version}
        answers = {
            "update": await member(documents.update(noun), **stale, input={CHANGE[noun]: "Older"}),
            "delete": await member(documents.delete(noun), **stale),
        }
        for action, answer in answers.items():
            payload = answer.data[f"{action}{noun}"]
            assert payload.pop("deletedId", None) is None
            assert payload[noun.lower()] == current
            assert answer.refusals(f"{action}{noun}") == [("CONFLICT", ["expectedVersion"])]
    assert await rows(scene, noun) == before


async def test_a_conflict_shows_the_objects_relations_too(member: Client, scene: Scene) -> None:
    stale = {"id": scene.ids("Task")[0], "input": {"projectId": None}, "expectedVersion": 9}
    task = (await member(documents.update("Task"), **stale)).data["updateTask"]["task"]
    assert task["project"]["name"] == "Project 0"
    assert task["workers"]["totalCount"] == 2


async def test_moving_a_worker_asks_for_the_version_as_well(member: Client, scene: Scene) -> None:
    arguments = {"workerId": scene.ids("Worker")[0], "toTeamId": scene.ids("Team")[1]}
    refused = await member(documents.TRANSFER, **arguments, expectedVersion=2)
    assert refused.refusals("transferWorker") == [("CONFLICT", ["expectedVersion"])]
    assert refused.data["transferWorker"]["worker"]["team"]["name"] == "Team 0"
    moved = await member(documents.TRANSFER, **arguments, expectedVersion=1)
    assert moved.payload("transferWorker")["worker"]["version"] == 2


@nouns
async def test_the_version_seen_lets_a_delete_through(noun: str, member: Client, scene: Scene) -> None:
    id, *_ = scene.ids(noun)
    answer = await member(documents.delete(noun), id=id, expectedVersion=1)
    assert answer.payload(f"delete{noun}")["deletedId"] == id


@pytest.mark.parametrize(
    ("deleted", "touched", "column"),
    [("Team", "Worker", "team_id"), ("Project", "Task", "project_id"), ("Worker", "Task", "assignee_id")],
)
async def test_what_pointed_at_a_deleted_object_has_changed_and_nothing_else(
    deleted: str, touched: str, column: str, member: Client, scene: Scene
) -> None:
    untouched = scene.ids(touched)[-1]
    await member(documents.update(touched), id=untouched, input={_pointer(column): None})
    before = {noun: await rows(scene, noun) for noun in NOUNS}
    (await member(documents.delete(deleted), id=scene.ids(deleted)[0])).payload(f"delete{deleted}")
    after = {noun: await rows(scene, noun) for noun in NOUNS}
    for key, row in before.pop(touched).items():
        new = after[touched][key]
        if row[column] is None:
            assert new == row
        else:
            assert new == row | {column: None, "version": row["version"] + 1, "updated_at": new["updated_at"]}
            assert new["updated_at"] > row["updated_at"]
    before[deleted] = {key: row for key, row in before[deleted].items() if key in after[deleted]}
    assert {noun: after[noun] for noun in before} == before
    assert len(after[deleted]) == 2


def _pointer(column: str) -> str:
    return column.replace("_id", "Id")


async def test_times_are_told_in_utc_to_the_microsecond(member: Client, scene: Scene) -> None:
    shown = (await member(documents.one("Task"), id=scene.ids("Task")[0])).data["task"]
    (row,) = [row for row in (await rows(scene, "Task")).values() if row["id"] == scene.tasks[0].id]
    assert shown["createdAt"].endswith("Z")
    assert datetime.fromisoformat(shown["createdAt"]) == row["created_at"]
    assert datetime.fromisoformat(shown["updatedAt"]) == row["updated_at"]
