"""Filters as clients write them, against what they mean in plain Python; and through relations."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.queries.filters import (
    expected_of,
    found,
    wheres,
)
from tests.queries.garden import GARDEN
from tests.queries.sorting import thorough
from tests.support.world import World, gid

BOTH = """
query ($where: %(noun)sWhere, $opposite: %(noun)sWhere) {
  shown: %(table)ss(first: 100, where: $where) { nodes { id } }
  others: %(table)ss(first: 100, where: $opposite) { nodes { id } }
}
"""


@thorough(60)
@given(data=st.data(), table=st.sampled_from(["task", "task", "worker", "project", "team"]))
async def test_a_filter_shows_what_it_means_and_its_opposite_all_the_rest(
    planted: World, data: st.DataObject, table: str
) -> None:
    where = data.draw(wheres(table, 4))
    query = BOTH % {"table": table, "noun": table.capitalize()}
    answer = await planted.here.client()(query, where=where, opposite={"not": where})
    shown, others = ({node["id"] for node in answer.data[name]["nodes"]} for name in ("shown", "others"))
    assert shown == expected_of(table, where)
    assert others == {gid(row) for row in GARDEN.rows(table)} - shown


async def test_every_and_none_are_true_of_an_empty_list_and_some_is_not(planted: World) -> None:
    client, lonely = planted.here.client(), {gid(GARDEN.projects[5])}
    impossible: dict[str, Any] = {"title": {"in": []}}
    assert lonely == await found(client, "project", {"tasks": {"every": impossible}})
    assert lonely <= await found(client, "project", {"tasks": {"none": {}}})
    assert not lonely & await found(client, "project", {"tasks": {"some": {}}})
    assert await found(client, "project", {"tasks": {"some": impossible}}) == set()


async def test_an_empty_filter_of_a_relation_asks_that_there_is_one(planted: World) -> None:
    client = planted.here.client()
    empty: list[Any] = [
        {"project": {}},
        {"not": {"project": {}}},
        {"workers": {"some": {}}},
    ]
    for where in empty:
        assert await found(client, "task", where) == expected_of("task", where), where
    assert expected_of("task", {"project": {}}) == expected_of("task", {"projectId": {"isNull": False}})


async def test_malformed_and_foreign_ids_match_nothing(planted: World) -> None:
    client, task = planted.here.client(), GARDEN.tasks[0]
    there = gid(await planted.there.project("Elsewhere"))
    everything = {gid(row) for row in GARDEN.tasks}
    for id in (
        "",
        "task_",
        task.id.hex,
        str(task.id),
        gid(task).upper(),
        f" {gid(task)}",
        f"worker_{task.id.hex}",
        "5",
        there,
    ):
        assert await found(client, "task", {"id": {"eq": id}}) == set(), id
        assert await found(client, "task", {"id": {"in": [id]}}) == set(), id
        assert await found(client, "task", {"projectId": {"eq": id}}) == set(), id
        assert await found(client, "task", {"id": {"ne": id}, "projectId": {"ne": id}}) == everything, id
        assert await found(client, "task", {"project": {"id": {"eq": id}}}) == set(), id
    assert (await client("{ tasks(where: {id: {eq: 5}}) { nodes { id } } }")).data["tasks"]["nodes"] == []


async def test_filters_through_relations_do_not_reach_into_another_tenant(world: World) -> None:
    elsewhere = await world.there.project("Elsewhere")
    worker = await world.there.worker("Stranger")
    await world.there.task("Theirs", (worker,), project_id=elsewhere.id, assignee_id=worker.id)
    mine = await world.here.task("Mine")
    client = world.here.client()
    through: list[Any] = [{"project": {"name": {"eq": "Elsewhere"}}}, {"workers": {"some": {}}}, {"assignee": {}}]
    for where in through:
        assert await found(client, "task", where) == set()
        assert await found(client, "task", {"not": where}) == {gid(mine)}
