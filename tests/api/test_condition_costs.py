"""Conditions and sort criteria for which the database reads other tables cost points for each parent."""

from typing import Any

import pytest

from models import Product, Project, Task
from models.membership import Role
from resolvers.condition_points import WEIGHT_PER_CONDITION
from tests.support.app_fixture import AppFixture

CONDITIONS = {
    'where: {title: {eq: "x"}}': 0,
    "orderBy: [{field: TITLE}]": 0,
    'where: {project: {name: {eq: "x"}}}': 1,
    "where: {workers: {none: {}, some: {team: {}}}}": 3,
    "where: {workers: {count: {gte: 2, lt: 5}}}": 1,
    "where: {or: [{workers: {count: {gte: 2}}}, {not: {project: {}}}]}": 2,
    "orderBy: [{project: {field: NAME}}, {workers: {count: DESC}}]": 2,
    "orderBy: [{assignee: {team: {field: NAME}}}]": 2,
}


async def costs(app_fixture: AppFixture, query: str, **variables: Any) -> tuple[int, int]:
    """Return the requested and the actual cost of an operation."""
    client = app_fixture.tenant.client(Role.ADMIN).with_headers(**{"X-GraphQL-Cost": "include"})
    cost = (await client(query, **variables)).body["extensions"]["cost"]
    return cost["requested"], cost["actual"]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("arguments", CONDITIONS)
async def test_conditions_of_root_lists(app_fixture: AppFixture, arguments: str) -> None:
    requested, actual = await costs(app_fixture, f"{{ tasks(first: 1, {arguments}) {{ nodes {{ id }} }} }}")
    points = CONDITIONS[arguments] * WEIGHT_PER_CONDITION
    assert (requested, actual) == (3 + points, 2 + points)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("arguments", CONDITIONS)
async def test_conditions_of_nested_lists_cost_for_each_parent(app_fixture: AppFixture, arguments: str) -> None:
    for _ in range(2):
        await app_fixture.tenant.create(Project)
    query = f"{{ projects(first: 3) {{ nodes {{ tasks(first: 1, {arguments}) {{ nodes {{ id }} }} }} }} }}"
    requested, actual = await costs(app_fixture, query)
    points = CONDITIONS[arguments] * WEIGHT_PER_CONDITION
    assert (requested, actual) == (2 + 3 * (3 + points), 2 + 2 * (2 + points))


async def test_conditions_in_variables_and_of_aggregates(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Task)
    query = """query ($where: TaskWhere, $order: [TaskOrder!]) {
      tasks(first: 0, where: $where, orderBy: $order) { aggregate(first: 0, where: $where) { groups { count } } } }"""
    plain = await costs(app_fixture, query)
    variables: dict[str, Any] = {"where": {"workers": {"none": {}}}, "order": [{"project": {"field": "NAME"}}]}
    requested, actual = await costs(app_fixture, query, **variables)
    assert (requested - plain[0], actual - plain[1]) == (3 * WEIGHT_PER_CONDITION, 3 * WEIGHT_PER_CONDITION)


async def test_words_cost_as_a_related_object_does(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Product, name="Plum")
    query = '{ products(where: {name: {matches: "plum"}}) { nodes { id } } }'
    assert await costs(app_fixture, query) == (22 + WEIGHT_PER_CONDITION, 3 + WEIGHT_PER_CONDITION)
