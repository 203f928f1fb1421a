"""`extensions.trace`: what it contains, and which responses have it."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from database.authentication import Credentials
from database.engine import Database
from models.membership import Role
from server.monitoring.traced_database import TracedDatabase, listen_for_failures
from server.telemetry.operation_trace import OperationTrace
from tests.monitoring.trace_helpers import TRACED, has_trace, paths, trace_of, traced
from tests.server.batches import send
from tests.support.app_fixture import PASSWORD, AppFixture, TenantFixture
from tests.support.configured_app import app_opener, http_client
from tests.support.executors import is_executed_by_graphql_core, needs_compiled_executor
from tests.support.sample_data import SampleData

pytestmark = pytest.mark.usefixtures("traces_for_everyone")

PROJECTS = (
    "query Traced { projects(first: 3) { nodes { name tasks(first: 2) { nodes { title assignee { name } } } } } }"
)
SECRET = "A secret that only the client knows"
CREATE = "mutation($title: String!) { createTask(input: {title: $title}) { task { title project { name } } } }"
UUID_PATTERN = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}")


@pytest.fixture
def tenant(app_fixture: AppFixture, sample_data: SampleData) -> TenantFixture:
    """A tenant with three rows of each type."""
    return app_fixture.tenant


@needs_compiled_executor
async def test_query_lists_fields_statements_and_loads(tenant: TenantFixture) -> None:
    response = await traced(tenant.client())(PROJECTS)
    assert len(response.data["projects"]["nodes"]) == 3
    trace = trace_of(response)
    assert (trace["executor"], trace["fallbackReason"], trace["source"]) == ("compiled", None, "primary")
    tasks = "projects.nodes.tasks.nodes"
    assert paths(trace["fields"]) == ["projects", "projects.nodes", tasks, f"{tasks}.assignee"]
    number_of_tasks = sum(len(project["tasks"]["nodes"]) for project in response.data["projects"]["nodes"])
    assert [field["objects"] for field in trace["fields"]] == [1, 1, 3, number_of_tasks]
    assert [load["loader"] for load in trace["loads"]] == ["Page project", "ChildPage task", "Row worker"]
    assert paths(trace["loads"]) == ["projects.nodes", tasks, f"{tasks}.assignee"]
    assert [load["keys"] for load in trace["loads"]][1] == 3
    assert trace["loads"][1]["rows"] == 3
    assert [field["loads"] for field in trace["fields"]] == [0, 1, 1, 1]
    selects = [each for each in trace["statements"] if each["path"] != "projects"]
    assert paths(selects) == paths(trace["loads"])
    assert [each["rows"] for each in selects] == [load["rows"] for load in trace["loads"]]
    assert all(each["sql"].startswith(("SELECT", "WITH")) and each["parameters"] > 0 for each in selects)
    assert {each["connection"] for each in trace["statements"]} == {"read"}


@pytest.mark.only("sqlite")
async def test_times_are_within_the_trace(tenant: TenantFixture) -> None:
    trace = trace_of(await traced(tenant.client())(PROJECTS))
    entries: list[Any] = [each for name in ("phases", "fields", "statements", "loads") for each in trace[name]]
    assert all(each["startMs"] >= 0 and each["durationMs"] >= 0 for each in entries)
    assert all(each["startMs"] + each["durationMs"] <= trace["durationMs"] + 0.01 for each in entries)
    names = [phase["name"] for phase in trace["phases"]]
    assert names[0] == "wait"
    assert names[-1] == "encode"
    assert {"execute", "connect"} < set(names)


@pytest.mark.only("sqlite")
async def test_document_is_parsed_once(tenant: TenantFixture) -> None:
    client = traced(tenant.client())
    traces = [trace_of(await client(f"{PROJECTS} # once")) for _ in range(2)]
    assert ["parse and validate" in [phase["name"] for phase in each["phases"]] for each in traces] == [True, False]


async def test_mutation_lists_writes_without_values(tenant: TenantFixture) -> None:
    response = await traced(tenant.client())(CREATE, title=SECRET)
    assert response.data["createTask"]["task"]["title"] == SECRET
    trace = trace_of(response)
    writes = [each for each in trace["statements"] if each["connection"] == "write"]
    assert {each["path"] for each in writes} == {"createTask"}
    (insert,) = [each for each in writes if re.match(r"INSERT INTO task |EXECUTE .*_insert_task_", each["sql"])]
    assert insert["parameters"] == (13 if insert["sql"].startswith("INSERT") else 0)
    assert insert["rows"] is None
    assert trace["executor"] == ("graphql-core" if is_executed_by_graphql_core() else "compiled")
    assert SECRET not in str(trace)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("directive", ["", "@atomic"])
async def test_commit_is_listed(tenant: TenantFixture, directive: str) -> None:
    document = CREATE.replace("mutation($title: String!)", f"mutation($title: String!) {directive}")
    trace = trace_of(await traced(tenant.client())(document, title="A title"))
    texts = [each["sql"] for each in trace["statements"]]
    assert any(sql == "COMMIT" or "insert_audit_entry" in sql for sql in texts), texts


@needs_compiled_executor
async def test_failed_field_names_the_reason_of_the_fallback(tenant: TenantFixture) -> None:
    response = await traced(tenant.client())("{ accounts { totalCount } tasks { nodes { project { name } } } }")
    assert response.error_codes == ["FORBIDDEN"]
    trace = trace_of(response)
    assert trace["executor"] == "graphql-core"
    assert trace["fallbackReason"] == "A field failed: Forbidden."
    project = next(field for field in trace["fields"] if field["path"] == "tasks.nodes.project")
    assert project["objects"] >= 3
    assert "tasks.nodes.project" in paths(trace["statements"])


@needs_compiled_executor
@pytest.mark.only("sqlite")
async def test_operation_without_a_plan_names_the_reason(tenant: TenantFixture) -> None:
    document = "query($size: Int) { tasks(first: $size) { totalCount } }"
    trace = trace_of(await traced(tenant.client())(document, size="many"))
    assert (trace["executor"], trace["fallbackReason"]) == ("graphql-core", "A variable is not valid.")


@pytest.mark.only("sqlite")
async def test_other_executor_is_named(app_fixture: AppFixture, database_url: str) -> None:
    async with app_opener(database_url)(executor="graphql-core") as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        client.http = http
        trace = trace_of(await traced(client)("{ teams { totalCount } }"))
    assert trace["executor"] == "graphql-core"
    assert "EXECUTOR" in trace["fallbackReason"]
    assert "teams" in paths(trace["fields"])


@pytest.mark.parametrize("value", ["", "false", "1", "truetrue"])
@pytest.mark.only("sqlite")
async def test_other_values_of_the_header_are_ignored(app_fixture: AppFixture, value: str) -> None:
    client = app_fixture.tenant.client().with_headers(**{"X-Trace": value})
    assert not has_trace(await client("{ teams { totalCount } }"))


@pytest.mark.only("sqlite")
async def test_each_operation_of_a_batch_has_its_own_trace(app_fixture: AppFixture) -> None:
    bodies = [
        {"query": "{ teams { totalCount } }"},
        {"query": CREATE, "variables": {"title": SECRET}},
        {"query": "{ x }"},
    ]
    response = await send(app_fixture, *bodies, **TRACED)
    traces = [result["extensions"]["trace"] for result in response.json()]
    assert {path for path in paths(traces[0]["statements"]) if path} <= {"teams", "teams.totalCount"}
    assert set(paths(traces[1]["statements"])) <= {"createTask", "createTask.task.project"}
    assert traces[2]["statements"] == []


@pytest.mark.only("sqlite")
async def test_get_response_with_a_trace_is_never_stored_or_reused(
    tenant: TenantFixture, http: httpx.AsyncClient
) -> None:
    headers = tenant.client().headers
    parameters = {"query": "{ teams { totalCount } }"}
    plain = await http.get("/graphql", params=parameters, headers=headers)
    conditional = {"If-None-Match": plain.headers["etag"]}
    assert (await http.get("/graphql", params=parameters, headers=headers | conditional)).status_code == 304
    response = await http.get("/graphql", params=parameters, headers=headers | conditional | TRACED)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert response.json()["extensions"]["trace"]["statements"]
    assert "X-Trace" in plain.headers["vary"]


async def test_secrets_and_ids_are_not_in_a_trace(tenant: TenantFixture) -> None:
    login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
    email = tenant.users[Role.ADMIN].email
    response = await traced(tenant.client())(login, input={"email": email, "password": PASSWORD})
    token = response.data["login"]["accessToken"]
    texts = [str(trace_of(response)), str(trace_of(await traced(tenant.client())(PROJECTS)))]
    for text_of_trace in texts:
        assert not UUID_PATTERN.search(text_of_trace)
        assert not any(secret in text_of_trace for secret in (token, PASSWORD, email, tenant.slug + ".test"))


async def test_trace_tells_nothing_of_another_tenant(app_fixture: AppFixture, sample_data: SampleData) -> None:
    """The trace of an object of another tenant is that of an object that does not exist."""
    rows = await app_fixture.other_tenant.client(Role.OWNER)(
        'mutation { createTeam(input: {name: "Other"}) { team { id } } }'
    )
    foreign = rows.data["createTeam"]["team"]["id"]
    missing = f"team_{'0' * 12}7{'0' * 3}8{'0' * 15}"
    client = traced(app_fixture.tenant.client())
    query = "query($id: ID!) { team(id: $id) { name } }"
    await client(query, id=missing)
    traces = [trace_of(await client(query, id=id)) for id in (foreign, missing)]
    facts = [
        [(each["sql"], each["rows"], each["path"]) for each in trace["statements"]]
        + [(each["loader"], each["keys"], each["rows"]) for each in trace["loads"]]
        for trace in traces
    ]
    assert facts[0] == facts[1]


async def test_failed_statement_is_marked(database: Database) -> None:
    listen_for_failures(database)
    trace = OperationTrace()
    with trace.observe():
        transaction, _ = await TracedDatabase(database, "primary").begin_read(Credentials())
        with pytest.raises(Exception, match="no_such_table"):
            await transaction.rows(text("SELECT id FROM no_such_table"), {})
        await transaction.close()
    *_, statement = trace.describe()["statements"]
    assert statement["sql"] == "SELECT id FROM no_such_table"
    assert statement["failed"]


@pytest.mark.only("sqlite")
async def test_large_response_has_its_trace_in_addition(app_fixture: AppFixture, database_url: str) -> None:
    """A trace does not make a response too large."""
    async with app_opener(database_url)(max_response_bytes=1024) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        client.http = http
        response = await traced(client)("{ teams { nodes { name } } }")
        assert "errors" not in response.body
        assert len(str(trace_of(response))) > 1024


@pytest.mark.only("sqlite")
async def test_anonymous_clients_get_traces_in_development(app_fixture: AppFixture) -> None:
    trace = trace_of(await traced(app_fixture.client())("{ __typename }"))
    assert trace["statements"] == []
    assert trace["source"] is None


def test_lists_are_inserted_as_without_a_trace(database: Database) -> None:
    assert TracedDatabase(database, "primary").inserts_lists == database.inserts_lists
