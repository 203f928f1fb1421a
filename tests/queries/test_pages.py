"""Pages as clients ask for them."""

from typing import Any

from queries.order import Direction, Nulls, Sort
from tests.queries.garden import GARDEN
from tests.queries.sorting import in_order
from tests.support.client import Client
from tests.support.world import World, gid

LIST = """
query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [TaskOrder!]) {
  tasks(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    edges { cursor node { id } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
DUE = [{"field": "DUE_DATE", "direction": "DESC", "nulls": "FIRST"}, {"field": "PRIORITY"}]
DUE_SORTS = [Sort("due_date", Direction.DESC, Nulls.FIRST), Sort("priority")]


async def asked(client: Client, **arguments: Any) -> Any:
    """The connection that these arguments answer."""
    return (await client(LIST, **arguments)).data["tasks"]


async def test_a_client_walks_there_and_back_by_page_info(planted: World) -> None:
    client, expected = planted.here.client(), [gid(task) for task in in_order(GARDEN.tasks, DUE_SORTS)]
    there, back = list[str](), list[str]()
    here = await asked(client, first=7, orderBy=DUE)
    while here["pageInfo"]["hasNextPage"]:
        there += [node["id"] for node in here["nodes"]]
        here = await asked(client, first=7, after=here["pageInfo"]["endCursor"], orderBy=DUE)
    while here["pageInfo"]["hasPreviousPage"]:
        back = [node["id"] for node in here["nodes"]] + back
        here = await asked(client, last=7, before=here["pageInfo"]["startCursor"], orderBy=DUE)
    assert there + back[-5:] == expected
    assert [node["id"] for node in here["nodes"]] + back == expected


async def test_every_edge_has_the_cursor_of_its_own_place(planted: World) -> None:
    client, expected = planted.here.client(), [gid(task) for task in in_order(GARDEN.tasks, DUE_SORTS)]
    found = await asked(client, first=100, orderBy=DUE)
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert [edge["node"]["id"] for edge in found["edges"]] == expected
    assert (found["pageInfo"]["startCursor"], found["pageInfo"]["endCursor"]) == (cursors[0], cursors[-1])
    for place in (0, 13, 39):
        behind = await asked(client, first=100, after=cursors[place], orderBy=DUE)
        assert [node["id"] for node in behind["nodes"]] == expected[place + 1 :]


async def test_there_are_objects_after_a_window_that_ends_before_a_cursor(planted: World) -> None:
    client = planted.here.client()
    cursors = [edge["cursor"] for edge in (await asked(client, first=6))["edges"]]
    forwards = await asked(client, first=10, before=cursors[3])
    assert (forwards["pageInfo"]["hasPreviousPage"], forwards["pageInfo"]["hasNextPage"]) == (False, True)
    backwards = await asked(client, last=100, after=cursors[3])
    assert (backwards["pageInfo"]["hasPreviousPage"], backwards["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_list_is_newest_first_and_twenty_long_unless_asked_otherwise(planted: World) -> None:
    newest = [gid(task) for task in sorted(GARDEN.tasks, key=lambda task: task.id, reverse=True)]
    silent: list[dict[str, Any]] = [{}, {"orderBy": []}, {"orderBy": None, "first": None, "last": None}]
    for arguments in silent:
        assert [node["id"] for node in (await asked(planted.here.client(), **arguments))["nodes"]] == newest[:20]


async def test_a_page_of_nothing_still_tells_what_lies_around_it(planted: World) -> None:
    client, nothing = planted.here.client(), {"startCursor": None, "endCursor": None}
    for arguments in ({"first": 0}, {"last": 0}):
        found = await asked(client, **arguments)
        assert found["nodes"] == found["edges"] == []
        has = {"hasNextPage": "first" in arguments, "hasPreviousPage": "last" in arguments}
        assert found["pageInfo"] == nothing | has


async def test_an_empty_list_has_an_empty_page(world: World) -> None:
    empty = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    for arguments in ({}, {"first": 5}, {"last": 5}, {"first": 0}):
        assert await asked(world.here.client(), **arguments) == {"edges": [], "nodes": [], "pageInfo": empty}


async def test_impossible_sizes_are_the_callers_fault(world: World) -> None:
    client = world.here.client()
    impossible: list[Any] = [-1, 101, 2**31 - 1, 2**31, 2**70, -(2**31), 1.5, "1", True, [1, 2]]
    for size in impossible:
        for name in ("first", "last"):
            assert (await client(LIST, **{name: size})).codes == ["BAD_USER_INPUT"], size
    assert (await client(LIST, first=1, last=1)).codes == ["BAD_USER_INPUT"]
    assert (await client(LIST, first=0, last=0)).codes == ["BAD_USER_INPUT"]
    assert (await client(LIST, first=100)).codes == (await client(LIST, last=100)).codes == []
