"""Tests of filters in GraphQL queries against the oracle, including filters on relations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Project, Task, Worker
from tests.queries.filter_strategies import (
    expected_ids,
    filtered_ids,
    where_inputs,
)
from tests.support.app_fixture import AppFixture, global_id
from tests.support.dataset import DATASET
from tests.support.hypothesis_settings import deterministic_settings

FILTER_AND_NEGATION = """
query ($where: %(noun)sWhere, $negation: %(noun)sWhere) {
  matching: %(table)ss(first: 100, where: $where) { nodes { id } }
  others: %(table)ss(first: 100, where: $negation) { nodes { id } }
}
"""


@deterministic_settings(60)
@given(data=st.data(), table=st.sampled_from(["task", "task", "worker", "project", "team"]))
async def test_filter_and_its_negation_match_oracle(
    app_with_dataset: AppFixture, data: st.DataObject, table: str
) -> None:
    where = data.draw(where_inputs(table, 4))
    query = FILTER_AND_NEGATION % {"table": table, "noun": table.capitalize()}
    response = await app_with_dataset.tenant.client()(query, where=where, negation={"not": where})
    matching, others = ({node["id"] for node in response.data[name]["nodes"]} for name in ("matching", "others"))
    assert matching == expected_ids(table, where)
    assert others == {global_id(row) for row in DATASET.rows(table)} - matching


async def test_every_and_none_are_true_for_empty_list_and_some_is_false(app_with_dataset: AppFixture) -> None:
    client, empty_projects = app_with_dataset.tenant.client(), {global_id(DATASET.projects[5])}
    impossible: dict[str, Any] = {"title": {"in": []}}
    assert empty_projects == await filtered_ids(client, "project", {"tasks": {"every": impossible}})
    assert empty_projects <= await filtered_ids(client, "project", {"tasks": {"none": {}}})
    assert not empty_projects & await filtered_ids(client, "project", {"tasks": {"some": {}}})
    assert await filtered_ids(client, "project", {"tasks": {"some": impossible}}) == set()


async def test_empty_relation_filter_requires_related_row(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    empty: list[Any] = [
        {"project": {}},
        {"not": {"project": {}}},
        {"workers": {"some": {}}},
    ]
    for where in empty:
        assert await filtered_ids(client, "task", where) == expected_ids("task", where), where
    assert expected_ids("task", {"project": {}}) == expected_ids("task", {"projectId": {"isNull": False}})


async def test_malformed_and_foreign_ids_match_no_rows(app_with_dataset: AppFixture) -> None:
    client, task = app_with_dataset.tenant.client(), DATASET.tasks[0]
    foreign_id = global_id(await app_with_dataset.other_tenant.create(Project, name="Elsewhere"))
    all_ids = {global_id(row) for row in DATASET.tasks}
    for id in (
        "",
        "task_",
        task.id.hex,
        str(task.id),
        global_id(task).upper(),
        f" {global_id(task)}",
        f"worker_{task.id.hex}",
        "5",
        foreign_id,
    ):
        assert await filtered_ids(client, "task", {"id": {"eq": id}}) == set(), id
        assert await filtered_ids(client, "task", {"id": {"in": [id]}}) == set(), id
        assert await filtered_ids(client, "task", {"projectId": {"eq": id}}) == set(), id
        assert await filtered_ids(client, "task", {"id": {"ne": id}, "projectId": {"ne": id}}) == all_ids, id
        assert await filtered_ids(client, "task", {"project": {"id": {"eq": id}}}) == set(), id
    assert (await client("{ tasks(where: {id: {eq: 5}}) { nodes { id } } }")).data["tasks"]["nodes"] == []


@pytest.mark.any_server
async def test_relation_filters_ignore_rows_of_other_tenants(app_fixture: AppFixture) -> None:
    foreign_project = await app_fixture.other_tenant.create(Project, name="Elsewhere")
    foreign_worker = await app_fixture.other_tenant.create(Worker, name="Foreign")
    foreign_task = await app_fixture.other_tenant.create(
        Task, title="Theirs", project_id=foreign_project.id, assignee_id=foreign_worker.id
    )
    await app_fixture.other_tenant.assign(foreign_task, foreign_worker)
    own_task = await app_fixture.tenant.create(Task, title="Mine")
    client = app_fixture.tenant.client()
    relation_filters: list[Any] = [
        {"project": {"name": {"eq": "Elsewhere"}}},
        {"workers": {"some": {}}},
        {"assignee": {}},
    ]
    for where in relation_filters:
        assert await filtered_ids(client, "task", where) == set()
        assert await filtered_ids(client, "task", {"not": where}) == {global_id(own_task)}
