"""Ids that point at other objects: unknown, malformed and foreign ones all read as not found, at the right path."""

from typing import Any

import pytest

from models.relations import model_of
from tests.support import documents
from tests.support.client import Client
from tests.support.documents import NOUNS
from tests.support.scene import Scene, make_scene, stored
from tests.support.world import World

REFERENCES = {
    "Worker": {"teamId": "Team"},
    "Task": {"projectId": "Project", "assigneeId": "Worker"},
}
POINTERS = [(noun, field) for noun, fields in REFERENCES.items() for field in fields]
LINES = {"Worker": "name", "Task": "title"}


async def strangers(world: World, scene: Scene, noun: str) -> list[str]:
    """Ids that are none of the noun's in the tenant."""
    theirs = await make_scene(world.there)
    table, known = noun.lower(), scene.ids(noun)[0]
    digits = known.removeprefix(f"{table}_")
    other = next(each for each in NOUNS if each != noun)
    malformed = ["", " ", table, f"{table}_", digits, known.upper(), f"{known}0", known[:-1], f" {known}", f"{known}\n"]
    unknown = [theirs.ids(noun)[0], scene.ids(other)[0], f"{other.lower()}_{digits}", f"{table}_{'0' * 32}"]
    return [*unknown, *malformed, f"{table}_{digits[:-1]}٣", "☃", "-1", "x" * 10_000, "' OR 1=1 --"]


@pytest.mark.parametrize(("noun", "field"), POINTERS)
async def test_what_is_not_there_cannot_be_pointed_at(noun: str, field: str, world: World, scene: Scene) -> None:
    member = world.here.client()
    for id in await strangers(world, scene, REFERENCES[noun][field]):
        expected = (id[:50], [("NOT_FOUND", ["input", field])])
        created = await member(documents.create(noun), input={LINES[noun]: "New", field: id})
        assert (id[:50], created.refusals(f"create{noun}")) == expected
        updated = await member(documents.update(noun), id=scene.ids(noun)[0], input={field: id})
        assert (id[:50], updated.refusals(f"update{noun}")) == expected
    rows = await stored(world.here, model_of(noun.lower()))
    assert [row["version"] for row in rows] == [1] * 3


@pytest.mark.parametrize("noun", NOUNS)
async def test_what_is_not_there_reads_as_nothing_and_cannot_be_changed(noun: str, world: World, scene: Scene) -> None:
    member = world.here.client()
    for id in await strangers(world, scene, noun):
        assert (id[:50], (await member(documents.one(noun), id=id)).data) == (id[:50], {noun.lower(): None})
        for action, document, more in _changes(noun):
            answer = await member(document, id=id, **more)
            payload = answer.data[f"{action}{noun}"]
            assert payload[noun.lower()] is None
            assert (id[:50], answer.refusals(f"{action}{noun}")) == (id[:50], [("NOT_FOUND", ["id"])])


def _changes(noun: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("update", documents.update(noun), {"input": {}}),
        ("update", documents.update(noun), {"input": {}, "expectedVersion": 1}),
        ("delete", documents.delete(noun), {}),
        ("delete", documents.delete(noun), {"expectedVersion": 7}),
    ]


async def test_numbers_are_ids_and_found_nowhere(member: Client, scene: Scene) -> None:
    for id in (0, -1, 1, 2**53):
        assert (await member(documents.one("Task"), id=id)).data["task"] is None
        assert (await member(documents.NODE, id=id)).data["node"] is None


async def test_a_reference_to_a_deleted_object_is_not_found(member: Client, scene: Scene) -> None:
    gone = scene.ids("Team")[1]
    await member(documents.delete("Team"), id=gone)
    answer = await member(documents.update("Worker"), id=scene.ids("Worker")[0], input={"teamId": gone})
    assert answer.refusals("updateWorker") == [("NOT_FOUND", ["input", "teamId"])]
