"""Aggregates of connections: invalid arguments, visibility, statements and cost."""

from typing import Any

import pytest

from models import Document, Product, Project, Task
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, global_id
from tests.support.executors import is_executed_by_graphql_core, needs_compiled_executor

IDENTITY_STATEMENTS = 1
INVALID_ARGUMENTS = {
    'groupBy: [{field: CREATED_AT, unit: DAY, timeZone: "Europe/Nowhere"}]': "`timeZone`",
    'groupBy: [{field: CREATED_AT, unit: DAY, timeZone: "../etc/passwd"}]': "`timeZone`",
    'groupBy: [{field: DUE_DATE, unit: DAY, timeZone: "UTC"}]': "`timeZone`",
    "groupBy: [{field: CREATED_AT}]": "`unit`",
    "groupBy: [{field: STATUS, unit: DAY}]": "`unit`",
    "groupBy: [{field: STATUS}, {field: STATUS}]": "`groupBy`",
    "groupBy: [{field: TITLE}, {field: STATUS}, {field: PRIORITY}, {field: PROJECT_ID}, {field: ASSIGNEE_ID}, "
    "{field: DESCRIPTION}]": "`groupBy`",
    "orderBy: [{field: STATUS}]": "`orderBy`",
    "orderBy: [{function: COUNT, field: STATUS}]": "`orderBy`",
    "orderBy: [{function: MIN}]": "`orderBy`",
    "orderBy: [{}]": "`orderBy`",
    "orderBy: [{function: SUM, field: TITLE}]": "TITLE has no SUM",
    "orderBy: [{function: MAX, field: STATUS}]": "STATUS has no MAX",
    f"orderBy: [{', '.join(['{function: COUNT}'] * 11)}]": "`orderBy`",
    "having: {count: {}}": "`count` is empty",
    "having: {count: null}": "`count` is null",
    "having: {count: {gt: null}}": "`gt` is null",
    "having: {min: {title: {}}}": "`title` is empty",
    "having: {countDistinct: {title: null}}": "`title` is null",
    "where: {status: {eq: null}}": "`eq` is null",
    "first: 101": "`first`",
    "first: -1": "`first`",
    "offset: 10001": "`offset`",
}


async def test_invalid_arguments_are_rejected(subtests: pytest.Subtests, app_fixture: AppFixture) -> None:
    for arguments, message in INVALID_ARGUMENTS.items():
        with subtests.test(arguments=arguments):
            query = f"{{ tasks {{ aggregate({arguments}) {{ hasMore groups {{ count }} }} }} }}"
            response = await app_fixture.tenant.client()(query)
            assert response.error_codes == ["BAD_USER_INPUT"]
            assert message in response.body["errors"][0]["message"]


async def test_limits_of_filters_apply_to_having(app_fixture: AppFixture) -> None:
    query = "query ($having: TaskHaving) { tasks { aggregate(having: $having) { groups { count } } } }"
    too_deep: dict[str, Any] = {"count": {"eq": 1}}
    for _ in range(6):
        too_deep = {"not": too_deep}
    for having in (too_deep, {"or": [{"count": {"eq": 1}}] * 60}):
        assert (await app_fixture.tenant.client()(query, having=having)).error_codes == ["BAD_USER_INPUT"]


async def test_empty_list_is_one_group_of_no_rows(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Project)
    aggregate = "aggregate { hasMore groups { count countDistinct { title } max { dueDate } key { status } } }"
    grouped = "grouped: aggregate(groupBy: [{field: STATUS}]) { groups { count } }"
    without = "without: aggregate(having: {count: {gt: 0}}) { groups { count } }"
    selection = f"{{ {aggregate} {grouped} {without} }}"
    query = f"{{ tasks {selection} projects {{ nodes {{ tasks {selection} }} }} }}"
    data = (await app_fixture.tenant.client()(query)).data
    group = {"count": 0, "countDistinct": {"title": 0}, "max": {"dueDate": None}, "key": {"status": None}}
    for connection in (data["tasks"], data["projects"]["nodes"][0]["tasks"]):
        assert connection["aggregate"] == {"hasMore": False, "groups": [group]}
        assert connection["grouped"] == {"groups": []}
        assert connection["without"] == {"groups": []}


async def test_key_contains_visible_related_rows(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    projects = [await tenant.create(Project, name=name) for name in ("First", "Second")]
    for project in (projects[0], projects[0], projects[1], None):
        await tenant.create(Task, project_id=project and project.id)
    query = "{ tasks { aggregate(groupBy: [{field: PROJECT_ID}], orderBy: [{function: COUNT, direction: DESC}]) "
    response = await tenant.client()(query + "{ groups { count key { projectId project { name } } } } } }")
    groups = response.data["tasks"]["aggregate"]["groups"]
    first, second = ({"projectId": global_id(row), "project": {"name": row.name}} for row in projects)
    assert groups == [
        {"count": 2, "key": first},
        {"count": 1, "key": second},
        {"count": 1, "key": {"projectId": None, "project": None}},
    ]


@pytest.mark.any_server
async def test_members_aggregate_their_own_orders_only(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    product = await tenant.create(Product, price="1.25", stock=100)
    await tenant.place_order((product, 2), role=Role.MEMBER)
    await tenant.place_order((product, 3), role=Role.OWNER)
    query = """{ orders { aggregate { groups { count sum { total } avg { total } } } }
      products { nodes { orderItems { aggregate { groups { count sum { quantity } avg { quantity } } } } } } }"""
    expected = {Role.MEMBER: (1, "2.50", "2.500000", 2), Role.OWNER: (2, "6.25", "3.125000", 5)}
    for role, (count, total, average, quantity) in expected.items():
        data = (await tenant.client(role)(query)).data
        group = {"count": count, "sum": {"total": total}, "avg": {"total": average}}
        assert data["orders"]["aggregate"]["groups"] == [group]
        (items,) = data["products"]["nodes"][0]["orderItems"]["aggregate"]["groups"]
        assert (items["count"], items["sum"]["quantity"]) == (count, str(quantity))
        assert items["avg"]["quantity"] == f"{quantity / count:.4f}"
    assert (await app_fixture.other_tenant.client()(query)).data["orders"]["aggregate"]["groups"][0]["count"] == 0


async def test_access_is_that_of_the_list(app_fixture: AppFixture) -> None:
    query = "{ accounts { aggregate { groups { count } } } }"
    assert (await app_fixture.tenant.client()(query)).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.tenant.client(Role.ADMIN)(query)).data["accounts"]["aggregate"]["groups"] == [
        {"count": 0}
    ]


async def test_deleted_rows_are_aggregated_with_include_deleted_only(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    rows = [await tenant.create(Document) for _ in range(2)]
    client = tenant.client(Role.ADMIN)
    await client("mutation ($id: ID!) { deleteDocument(id: $id) { userErrors { code } } }", id=global_id(rows[0]))
    query = "{ documents%s { aggregate { groups { count max { deletedAt } } } } }"
    (present,) = (await client(query % "")).data["documents"]["aggregate"]["groups"]
    (every,) = (await client(query % "(includeDeleted: true)")).data["documents"]["aggregate"]["groups"]
    assert (present["count"], present["max"]["deletedAt"]) == (1, None)
    assert every["count"] == 2
    assert every["max"]["deletedAt"] is not None


@needs_compiled_executor
async def test_all_parents_share_one_statement(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    groups = "aggregate(groupBy: [{field: STATUS}], where: {workers: {some: {}}}) { groups { count key { status } } }"
    for nested, number in ((groups, 2), (f"totalCount {groups}", 3), (f"nodes {{ id }} {groups}", 3)):
        statement_counter.statements.clear()
        with statement_counter:
            response = await client(f"{{ projects {{ nodes {{ id tasks {{ {nested} }} }} }} }}")
        assert statement_counter.count == IDENTITY_STATEMENTS + number
    assert len(response.data["projects"]["nodes"]) > 3


@pytest.mark.skipif(is_executed_by_graphql_core(), reason="graphql-core does not know which columns are selected")
async def test_only_selected_columns_are_computed(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    with statement_counter:
        await client("{ tasks { aggregate { groups { count max { title } } } } }")
    (statement,) = [str(each) for each in statement_counter.statements if "max(" in str(each)]
    assert "count(DISTINCT" not in statement
    assert "due_date" not in statement


async def test_groups_and_scans_are_priced(app_with_dataset: AppFixture) -> None:
    query = "{ tasks { aggregate(groupBy: [{field: STATUS}], first: 7) { groups { key { status } count } } } }"
    client = app_with_dataset.tenant.client().with_headers(**{"X-GraphQL-Cost": "include"})
    response = await client(query)
    cost = response.body["extensions"]["cost"]
    connection, aggregate, weight = 1, 1, 50
    assert cost["requested"] == 1 + connection + weight + aggregate + 7 * 2
    assert cost["actual"] == 1 + connection + weight + aggregate + 3 * 2


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("document", ["{ tasks { %s } }", "{ projects { nodes { tasks { %s } } } }"])
async def test_time_zone_that_only_python_knows_is_invalid_input(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    """PostgreSQL has a list of its own, which may be older or newer."""
    monkeypatch.setattr("inputs.group_parser._known_zones", lambda: {"Mars/Olympus"})
    await app_fixture.tenant.create(Task, project_id=(await app_fixture.tenant.create(Project)).id)
    key = 'aggregate(groupBy: [{field: CREATED_AT, unit: DAY, timeZone: "Mars/Olympus"}]) { groups { count } }'
    response = await app_fixture.tenant.client()(document % key)
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert "does not know the time zone `Mars/Olympus`" in response.body["errors"][0]["message"]
