"""Names and addresses that must be unique within a tenant."""

import asyncio

import pytest

from models.relations import model_of
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import stored
from tests.support.world import World, gid

UNIQUE = {"Team": "name", "Project": "name", "Worker": "email"}
VALUE = "same@here.test"
nouns = pytest.mark.parametrize("noun", UNIQUE)


def input_of(noun: str, value: str = VALUE) -> dict[str, str]:
    """The input that makes one with this value."""
    return {"name": "Ada", UNIQUE[noun]: value}


@nouns
async def test_a_value_is_taken_only_once(noun: str, member: Client) -> None:
    first = (await member(documents.create(noun), input=input_of(noun))).payload(f"create{noun}")[noun.lower()]
    second = await member(documents.create(noun), input=input_of(noun, f"  {VALUE} "))
    assert second.data[f"create{noun}"][noun.lower()] is None
    assert second.refusals(f"create{noun}") == [("TAKEN", ["input", UNIQUE[noun]])]
    other = await member(documents.create(noun), input=input_of(noun, "other@here.test"))
    id = other.payload(f"create{noun}")[noun.lower()]["id"]
    renamed = await member(documents.update(noun), id=id, input={UNIQUE[noun]: VALUE})
    assert renamed.refusals(f"update{noun}") == [("TAKEN", ["input", UNIQUE[noun]])]
    kept = await member(documents.update(noun), id=first["id"], input={UNIQUE[noun]: VALUE})
    assert kept.payload(f"update{noun}")[noun.lower()]["version"] == 1


@nouns
async def test_a_value_is_free_again_when_its_owner_is_gone(noun: str, member: Client) -> None:
    for _ in range(2):
        made = await member(documents.create(noun), input=input_of(noun))
        id = made.payload(f"create{noun}")[noun.lower()]["id"]
        (await member(documents.delete(noun), id=id)).payload(f"delete{noun}")


@nouns
async def test_another_tenant_may_have_the_same_value(noun: str, world: World) -> None:
    for plot in (world.here, world.there):
        (await plot.client()(documents.create(noun), input=input_of(noun))).payload(f"create{noun}")


async def test_the_case_of_an_address_does_not_matter_and_that_of_a_name_does(member: Client) -> None:
    await member(documents.create("Worker"), input=input_of("Worker"))
    answer = await member(documents.create("Worker"), input=input_of("Worker", VALUE.upper()))
    assert answer.refusals("createWorker") == [("TAKEN", ["input", "email"])]
    for name in ("Diggers", "diggers"):
        (await member(documents.create("Team"), input={"name": name})).payload("createTeam")


@nouns
async def test_of_many_who_create_it_at_once_one_wins(noun: str, member: Client, world: World) -> None:
    calls = (member(documents.create(noun), input=input_of(noun)) for _ in range(20))
    answers = await asyncio.gather(*calls)
    refusals = sorted(answer.refusals(f"create{noun}") for answer in answers)
    assert refusals == [[]] + [[("TAKEN", ["input", UNIQUE[noun]])]] * 19
    assert len(await stored(world.here, model_of(noun.lower()))) == 1


async def test_of_many_who_rename_to_it_at_once_one_wins(member: Client, world: World) -> None:
    teams = [await world.here.team(f"Team {n}") for n in range(10)]
    calls = (member(documents.update("Team"), id=gid(team), input={"name": VALUE}) for team in teams)
    answers = await asyncio.gather(*calls)
    refusals = sorted(answer.refusals("updateTeam") for answer in answers)
    assert refusals == [[]] + [[("TAKEN", ["input", "name"])]] * 9
