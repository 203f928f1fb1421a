"""Lists as connections: what every list of the contract has in common. Filters and orders are tests/queries'."""

from typing import Any

import pytest

from tests.support import documents
from tests.support.client import Client
from tests.support.documents import LISTED
from tests.support.scene import Scene

nouns = pytest.mark.parametrize("noun", LISTED)
NESTED = """
query ($first: Int, $last: Int) {
  projects(first: 1) { nodes { tasks(first: $first, last: $last) { nodes { id } } } }
  teams { nodes { workers(first: $first, last: $last) { nodes { id } } } }
}
"""


async def page(member: Client, noun: str, **arguments: Any) -> dict[str, Any]:
    """A page of a noun's list."""
    found: dict[str, Any] = (await member(documents.many(noun), **arguments)).data[f"{noun.lower()}s"]
    return found


@nouns
async def test_a_list_shows_each_object_as_it_is_by_itself_the_newest_first(
    noun: str, member: Client, scene: Scene
) -> None:
    ids = scene.ids(noun)[::-1]
    shown = await page(member, noun)
    assert shown["totalCount"] == 3
    assert [edge["node"]["id"] for edge in shown["edges"]] == [node["id"] for node in shown["nodes"]] == ids
    assert shown["nodes"] == [(await member(documents.one(noun), id=id)).data[noun.lower()] for id in ids]
    assert shown["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": shown["edges"][0]["cursor"],
        "endCursor": shown["edges"][-1]["cursor"],
    }


@nouns
async def test_a_list_can_be_walked_in_both_directions(noun: str, member: Client, scene: Scene) -> None:
    ids = scene.ids(noun)[::-1]
    first = await page(member, noun, first=2)
    assert [node["id"] for node in first["nodes"]] == ids[:2]
    assert (first["pageInfo"]["hasNextPage"], first["totalCount"]) == (True, 3)
    second = await page(member, noun, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in second["nodes"]] == ids[2:]
    assert (second["pageInfo"]["hasNextPage"], second["totalCount"]) == (False, 3)
    back = await page(member, noun, last=2, before=second["pageInfo"]["startCursor"])
    assert [node["id"] for node in back["nodes"]] == ids[:2]
    assert back["pageInfo"]["hasPreviousPage"] is False


@nouns
async def test_sizes_are_between_nothing_and_a_hundred(noun: str, member: Client, scene: Scene) -> None:
    empty = await page(member, noun, first=0)
    assert (empty["nodes"], empty["totalCount"], empty["pageInfo"]["hasNextPage"]) == ([], 3, True)
    assert len((await page(member, noun, last=100))["nodes"]) == 3
    wrong: list[dict[str, Any]] = [{"first": 101}, {"first": -1}, {"last": 101}, {"last": -1}, {"first": 1, "last": 1}]
    for sizes in (*wrong, {"first": 2**31 - 1}, {"after": "x"}, {"before": "x"}):
        answer = await member(documents.many(noun), **sizes)
        assert (sizes, answer.codes) == (sizes, ["BAD_USER_INPUT"])
        assert answer.body["data"] == {f"{noun.lower()}s": None}


async def test_nested_lists_have_the_same_bounds(member: Client, scene: Scene) -> None:
    assert (await member(NESTED, first=100)).data["teams"]["nodes"][-1]["workers"]["nodes"]
    for sizes in ({"first": 101}, {"last": -1}, {"first": 1, "last": 1}):
        answer = await member(NESTED, **sizes)
        assert set(answer.codes) == {"BAD_USER_INPUT"}
        assert answer.body["data"] == {"projects": None, "teams": None}


async def test_a_page_is_of_twenty_unless_asked_otherwise(member: Client) -> None:
    for number in range(21):
        await member(documents.create("Team"), input={"name": f"Team {number}"})
    shown = await page(member, "Team")
    assert [node["name"] for node in shown["nodes"]] == [f"Team {number}" for number in range(20, 0, -1)]
    assert (shown["totalCount"], shown["pageInfo"]["hasNextPage"]) == (21, True)


@nouns
async def test_an_empty_list_is_an_empty_page(noun: str, member: Client) -> None:
    nothing = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await page(member, noun) == {"totalCount": 0, "pageInfo": nothing, "edges": [], "nodes": []}
