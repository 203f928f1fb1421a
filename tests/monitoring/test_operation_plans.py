"""`POST /graphql/plan`: what a plan says, and that it is right about the execution."""

from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest

from database.outage import DatabaseUnavailable
from database.reader import Reader
from executor.abstract_completion import AbstractCompleter
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.monitoring.trace_helpers import trace_of, traced
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.client import Client
from tests.support.configured_app import app_opener, http_client
from tests.support.executors import needs_compiled_executor
from tests.support.graphql_schema import graphql_schema
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData

pytestmark = pytest.mark.usefixtures("traces_for_everyone")

PROJECTS = (
    "query Traced { projects(first: 3) { nodes { name tasks(first: 2) { nodes { title assignee { name } } } } } }"
)
TASKS = "projects.nodes.tasks.nodes"
DEPENDING_ON_DATA = {"changes", "search"}
"""Queries some of whose statements depend on what the others return."""
CREATE = 'mutation { createTask(input: {title: "Planned"}) { task { title } } }'


async def post_plan(client: Client, **body: Any) -> httpx.Response:
    """Send an operation to be planned."""
    return await client.http.post("/graphql/plan", json=body, headers=client.headers)


async def plan_of(client: Client, query: str, /, **variables: Any) -> dict[str, Any]:
    """Return the plan of an operation."""
    response = await post_plan(client, query=query, variables=variables)
    assert response.status_code == 200, response.text
    plan: dict[str, Any] = response.json()
    return plan


async def test_plan_of_a_query(app_fixture: AppFixture, statement_counter: StatementCounter) -> None:
    client = app_fixture.tenant.client()
    await client("{ __typename }")
    with statement_counter:
        plan = await plan_of(client, PROJECTS)
    assert statement_counter.count <= 1  # it authenticates
    assert plan["operation"] == {"name": "Traced", "type": "query"}
    assert (plan["executor"], plan["fallbackReason"]) == ("compiled", None)
    reading = {
        step["path"]: (step["type"], step["loader"], step["statements"]) for step in plan["steps"] if step["sql"]
    }
    assert reading == {
        "projects.nodes": ("Project", "Page project", 1),
        TASKS: ("Task", "ChildPage task", 1),
        f"{TASKS}.assignee": ("Worker", "Row worker", 1),
    }
    assert plan["statements"] == {"least": 2, "most": 4}
    assert plan["cost"]["requested"] == 1 + 1 + 3 * (1 + 1 + 2 * 2)
    assert plan["cost"]["limit"] == 250_000
    assert plan["cost"]["budgetRemaining"] > 2_000_000
    assert plan["refusals"] == []


async def test_nothing_is_executed(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    plan = await plan_of(client, CREATE)
    assert plan["operation"]["type"] == "mutation"
    assert plan["steps"][0]["path"] == "createTask"
    assert plan["statements"] == {"least": None, "most": None}
    assert plan["refusals"] == []
    assert (await client("{ tasks { totalCount } }")).data == {"tasks": {"totalCount": 0}}


@needs_compiled_executor
@pytest.mark.slow
async def test_planned_statements_are_those_of_the_execution(app_fixture: AppFixture, sample_data: SampleData) -> None:
    """For every query of the schema, selected as a whole."""
    await make_superuser(app_fixture, app_fixture.tenant.users[Role.OWNER])
    client = app_fixture.tenant.client(Role.OWNER)
    query_type = graphql_schema().query_type
    assert query_type is not None
    differences, compared = {}, 0
    for name in query_type.fields:
        operation = OPERATIONS[name]
        variables = operation.build_variables(sample_data)
        plan = await plan_of(client, operation.document, **variables)
        trace = trace_of(await traced(client)(operation.document, **variables))
        planned = {sql for step in plan["steps"] for sql in step["sql"]}
        sent = {each["sql"] for each in trace["statements"] if each["path"] and not is_of_identity(each["sql"])}
        compared += len(sent)
        if sent - planned:
            differences[name] = sent - planned
    for name, texts in differences.items():
        print("DIFF", name, [" ".join(t.split())[:300] for t in texts])  # noqa: T201
    assert differences.keys() <= DEPENDING_ON_DATA
    assert compared > 100


def is_of_identity(sql: str) -> bool:
    """Return whether a statement belongs to the beginning of a transaction."""
    return sql.startswith(("BEGIN", "EXECUTE", "SELECT user.id AS user_id", 'SELECT "user".id AS user_id'))


@pytest.mark.parametrize(
    ("query", "code", "part"),
    [
        ("{ nothing }", "BAD_USER_INPUT", "Cannot query field"),
        ("{ teams {", "BAD_USER_INPUT", "Syntax Error"),
        ("{ teams { nodes { " + "workers { nodes { team { " * 9 + "id" + " }" * 30, "BAD_USER_INPUT", "MAX_QUERY"),
        ("query($id: ID!) { team(id: $id) { name } }", "BAD_USER_INPUT", "$id"),
        ("{ accounts { nodes { name } } }", "FORBIDDEN", "admin"),
        ("{ users { totalCount } }", "FORBIDDEN", "superusers"),
        ('mutation { openAccount(input: {name: "A", currency: "EUR"}) { account { id } } }', "FORBIDDEN", "admin"),
        ("{ tasks(first: 101) { totalCount } }", "BAD_USER_INPUT", "100"),
        ("{ tasks(first: 100) { nodes { workers(first: 100) { nodes { tasks(first: 99) { nodes { id } } } } } } }",
         "COST_EXCEEDED", "MAX_COST_USER"),
    ],
)  # fmt: skip
@pytest.mark.only("sqlite")
async def test_refusals_are_those_of_the_execution(app_fixture: AppFixture, query: str, code: str, part: str) -> None:
    client = app_fixture.tenant.client()
    refusals = (await plan_of(client, query))["refusals"]
    assert [(refusal["code"], part in refusal["message"]) for refusal in refusals] == [(code, True)]
    response = await client(query)
    executed = [(error["extensions"]["code"], error["message"]) for error in response.body["errors"]]
    assert executed == [(refusal["code"], refusal["message"]) for refusal in refusals]


@pytest.mark.only("sqlite")
async def test_anonymous_client_is_refused_by_field(app_fixture: AppFixture) -> None:
    plan = await plan_of(app_fixture.client(), "{ mine: tasks { totalCount } viewer { email } }")
    assert [(each["code"], each["path"]) for each in plan["refusals"]] == [
        ("UNAUTHENTICATED", "mine"),
        ("UNAUTHENTICATED", "viewer"),
    ]
    assert all(step["sql"] == [] for step in plan["steps"])


@pytest.mark.only("sqlite")
async def test_field_without_access_has_no_sql(app_fixture: AppFixture) -> None:
    plan = await plan_of(app_fixture.tenant.client(), "{ accounts { nodes { name } } teams { nodes { name } } }")
    assert {step["path"] for step in plan["steps"] if step["sql"]} == {"teams.nodes"}


@pytest.mark.only("sqlite")
async def test_plan_depends_on_variables(app_fixture: AppFixture) -> None:
    query = "query($few: Boolean!, $n: Int) { tasks(first: $n) { nodes { title assignee @skip(if: $few) { name } } } }"
    client = app_fixture.tenant.client()
    plans = [await plan_of(client, query, few=few, n=size) for few, size in ((True, 1), (False, 50))]
    assert ["tasks.nodes.assignee" in {step["path"] for step in plan["steps"]} for plan in plans] == [False, True]
    assert [plan["cost"]["requested"] for plan in plans] == [3, 102]


@pytest.mark.only("sqlite")
async def test_fragments_are_planned_and_constants_have_no_steps(app_fixture: AppFixture) -> None:
    query = "{ ...Teams } fragment Teams on Query { teams { nodes { name } } }"
    plan = await plan_of(app_fixture.tenant.client(), query)
    assert [step["path"] for step in plan["steps"]] == ["teams", "teams.nodes"]
    plan = await plan_of(app_fixture.tenant.client(), "{ __typename }")
    assert plan["steps"] == []
    assert plan["statements"] == {"least": 0, "most": 0}


@pytest.mark.only("sqlite")
async def test_subscription_has_a_plan_without_statements(app_fixture: AppFixture) -> None:
    plan = await plan_of(app_fixture.tenant.client(), "subscription { taskChanged { task { title } } }")
    assert plan["operation"]["type"] == "subscription"
    assert plan["refusals"] == []


@pytest.mark.parametrize(
    ("options", "status", "part"),
    [
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "application/json"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "not JSON"),
        ({"json": {}}, 400, "`query`"),
        ({"json": [{"query": "{ __typename }"}]}, 400, "one operation"),
        ({"json": {"query": "query A { __typename }", "operationName": "B"}}, 400, "operationName"),
        ({"json": {"query": "{ __typename }", "variables": []}}, 400, "`variables`"),
    ],
)
@pytest.mark.only("sqlite")
async def test_malformed_request_is_refused(app_fixture: AppFixture, options: Any, status: int, part: str) -> None:
    response = await app_fixture.http.post("/graphql/plan", **options)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert part in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.only("sqlite")
async def test_only_post_is_allowed(app_fixture: AppFixture) -> None:
    response = await app_fixture.http.get("/graphql/plan", params={"query": "{ __typename }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.only("sqlite")
async def test_plan_is_never_stored(app_fixture: AppFixture) -> None:
    response = await post_plan(app_fixture.tenant.client(), query="{ __typename }")
    assert response.headers["cache-control"] == "no-store"
    assert "x-request-id" in response.headers


@pytest.mark.only("sqlite")
async def test_large_body_is_refused(app_fixture: AppFixture) -> None:
    assert (await post_plan(app_fixture.client(), query="#" * 2_000_000)).status_code == 413


@pytest.mark.only("sqlite")
async def test_only_registered_documents_are_planned(app_fixture: AppFixture, database_url: str) -> None:
    async with app_opener(database_url)(persisted="required") as app, http_client(app) as http:
        client = Client(http, **app_fixture.tenant.client().headers)
        plan = await plan_of(client, "{ teams { totalCount } }")
        (refusal,) = plan["refusals"]
        assert refusal["code"] == "PERSISTED_QUERY_NOT_FOUND"
        assert "PERSISTED=required" in refusal["message"]
        missing = await post_plan(client, documentId="sha256:" + "0" * 64)
        assert missing.json()["refusals"][0]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.only("sqlite")
async def test_plans_are_charged(app_fixture: AppFixture, database_url: str) -> None:
    limits = {
        "max_cost_user": 300,
        "max_cost_api_key": 300,
        "cost_per_second_principal": 1,
        "cost_burst_principal": 300,
    }
    async with app_opener(database_url)(**limits) as app, http_client(app) as http:
        client = Client(http, **app_fixture.tenant.client().headers)
        statuses = [(await post_plan(client, query="{ teams { totalCount } }")).status_code for _ in range(8)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        response = await post_plan(client, query="{ teams { totalCount } }")
        assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert int(response.headers["retry-after"]) >= 1


@pytest.mark.only("sqlite")
async def test_budget_that_is_too_small_is_a_refusal(app_fixture: AppFixture, database_url: str) -> None:
    limits = {
        "max_cost_user": 300,
        "max_cost_api_key": 300,
        "cost_per_second_principal": 1,
        "cost_burst_principal": 300,
    }
    async with app_opener(database_url)(**limits) as app, http_client(app) as http:
        client = Client(http, **app_fixture.tenant.client().headers)
        plan = await plan_of(client, "{ tasks(first: 40) { nodes { workers(first: 5) { nodes { name } } } } }")
        assert [refusal["code"] for refusal in plan["refusals"]] == ["RATE_LIMITED"]
        assert plan["cost"]["budgetRemaining"] < 300


async def test_plan_shows_nothing_of_another_tenant(app_fixture: AppFixture) -> None:
    """The plan of an object is the same, whether it exists, belongs to another tenant or does not exist."""

    async def plan(tenant: TenantFixture, id: str) -> dict[str, Any]:
        query = "query($id: ID!) { team(id: $id) { name workers { nodes { name } } } }"
        plan = await plan_of(tenant.client(), query, id=id)
        return plan | {"cost": None}

    created = await app_fixture.other_tenant.client()('mutation { createTeam(input: {name: "T"}) { team { id } } }')
    foreign = created.data["createTeam"]["team"]["id"]
    missing = f"team_{'0' * 12}70008{'0' * 15}"
    plans = [await plan(app_fixture.tenant, foreign), await plan(app_fixture.tenant, missing)]
    assert plans[0] == plans[1] == await plan(app_fixture.other_tenant, foreign)
    assert foreign.removeprefix("team_") not in str(plans)


@pytest.mark.only("sqlite")
async def test_outage_while_planning_is_a_503(app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app_fixture.tenant.client()
    monkeypatch.setattr(Reader, "principal", AsyncMock(side_effect=DatabaseUnavailable("refused")))
    response = await post_plan(client, query=PROJECTS)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


@needs_compiled_executor
@pytest.mark.only("sqlite")
async def test_failed_type_resolution_affects_its_field_only(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AbstractCompleter, "resolve_type", AsyncMock(side_effect=ValueError("no such type")))
    query = '{ node(id: "%s") { id } teams { totalCount } }'
    plan = await plan_of(app_fixture.tenant.client(), query % f"team_{'0' * 12}70008{'0' * 15}")
    assert [step["path"] for step in plan["steps"]] == ["node", "teams", "teams.totalCount"]
    assert plan["refusals"] == []
