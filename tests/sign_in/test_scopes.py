"""Scopes of API keys: what a key may read and write, in every way that there is."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from database.authentication import Principal
from models import ApiKey, Order, Task
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from models.scopes import ApiKeyScope, Domain, Scope, grants, store_scopes
from schema.requirements import root_field_requirements
from services.core.access import is_allowed
from tests.harness.statement_counter import StatementCounter
from tests.sign_in.helpers import CREATE_SCOPED_KEY, assert_lacks, create_key, settle
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.graphql_schema import graphql_schema
from tests.support.sample_data import SampleData, fetch_table
from tests.support.stream_client import EVENT_STREAM, open_response
from tests.support.subscriptions import wait_until_opened

REQUIREMENTS = root_field_requirements(graphql_schema())
TASKS = "{ tasks { nodes { title } } }"
CURRENT = "{ currentApiKey { name role scopes permissions } }"


def test_every_field_for_keys_belongs_to_a_domain() -> None:
    open_to_keys = {name: each for name, each in REQUIREMENTS.items() if not each.level.requires_user}
    without = [name for name, each in open_to_keys.items() if each.scope is None and each.level.requires_tenant]
    assert without == []
    needed = {each.scope.name for each in open_to_keys.values() if each.scope and each.scope.domain is not Domain.ANY}
    assert needed | {"READ"} == {str(scope) for scope in ApiKeyScope}


@pytest.mark.parametrize("scope", [scope for scope in ApiKeyScope if scope is not ApiKeyScope.READ])
def test_scope_allows_its_domain_only(scope: ApiKeyScope) -> None:
    domain, verb = scope.rsplit("_", 1)
    key = Principal(tenant_id=new_id(), role=Role.OWNER, api_key_id=new_id(), scopes=store_scopes([scope]))
    for name, required in REQUIREMENTS.items():
        if required.scope is None or required.scope.domain is Domain.ANY:
            continue
        expected = required.scope.domain == domain and (verb == "WRITE" or not required.scope.is_write)
        assert is_allowed(key, required) == expected, name


def test_scope_names_do_not_contain_each_other() -> None:
    assert not grants(" PEOPLE_READ ", Scope(Domain.WORK))
    assert not grants(" READ ", Scope(Domain.WORK, is_write=True))
    assert not grants(" READ ", Scope(None))
    assert not grants("", Scope(Domain.WORK))
    assert grants(" READ ", Scope(Domain.LEDGER))


async def test_read_only_key_reads_everything_and_writes_nothing(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    key = await create_key(app_fixture, "READ", role="OWNER")
    assert (await key("{ tasks { nodes { assignee { user { email } } } } orders { totalCount } }")).error_codes == []
    for document, variables, scope in (
        (documents.create("Task"), {"input": {"title": "Dig"}}, "WORK_WRITE"),
        (documents.create("Document"), {"input": {"title": "Text"}}, "LIBRARY_WRITE"),
    ):
        assert_lacks(await key(document, **variables), scope)
    permissions = (await key(CURRENT)).data["currentApiKey"]["permissions"]
    assert {"tasks", "orders", "auditLog", "currentApiKey", "login"} <= set(permissions)
    assert {"createTask", "placeOrder", "viewer", "createApiKey"} & set(permissions) == set()


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("query", "scope"),
    [
        ("{ tasks { nodes { assignee { user { email } } } } }", "PEOPLE_READ"),
        ("{ workers { nodes { user { orders { nodes { number } } } } } }", "PEOPLE_READ"),
        ('{ tasks(where: {assignee: {user: {email: {startsWith: "o"}}}}) { totalCount } }', "PEOPLE_READ"),
        ('{ tasks(where: {not: {assignee: {user: {email: {startsWith: "o"}}}}}) { nodes { id } } }', "PEOPLE_READ"),
        ("{ workers(orderBy: [{user: {field: EMAIL}}]) { nodes { id } } }", "PEOPLE_READ"),
        (
            '{ tasks { aggregate(where: {assignee: {user: {email: {startsWith: "o"}}}}) { groups { count } } } }',
            "PEOPLE_READ",
        ),
        ("{ tasks { nodes { history { nodes { after } } } } }", "HISTORY_READ"),
        ("{ orders { totalCount } }", "SHOP_READ"),
        ("{ auditLog { totalCount } }", "HISTORY_READ"),
        ('{ search(query: "document") { totalCount } }', "LIBRARY_READ"),
        ("{ tenant { name } }", "PEOPLE_READ"),
    ],
)
async def test_other_domains_are_denied_on_all_paths(
    app_fixture: AppFixture, sample_data: SampleData, query: str, scope: str
) -> None:
    key = await create_key(app_fixture, "WORK_WRITE")
    response = await key(query)
    assert set(response.error_codes) == {"FORBIDDEN"}
    assert {each["message"] for each in response.body["errors"]} == {f"This API key lacks the scope {scope}."}


@pytest.mark.only("sqlite")
async def test_own_domain_is_not_lost_by_an_error_in_another(app_fixture: AppFixture, sample_data: SampleData) -> None:
    key = await create_key(app_fixture, "WORK_READ")
    response = await key("{ tasks { nodes { title } } orders { totalCount } }")
    assert_lacks(response, "SHOP_READ")
    assert response.body["data"]["tasks"]["nodes"]
    assert response.body["data"]["orders"] is None


async def test_node_and_nodes_name_the_missing_scope(app_fixture: AppFixture, sample_data: SampleData) -> None:
    key = await create_key(app_fixture, "WORK_READ")
    task, order = sample_data.ids("Task")[0], sample_data.ids("Order")[0]
    assert (await key(documents.NODE, id=task)).data["node"]["id"] == task
    assert_lacks(await key(documents.NODE, id=order), "SHOP_READ")
    unknown = "order_" + "0" * 32
    assert_lacks(await key(documents.NODE, id=unknown), "SHOP_READ")


@pytest.mark.only("sqlite")
async def test_payloads_of_mutations_are_limited_too(app_fixture: AppFixture, sample_data: SampleData) -> None:
    """Mutations are executed by graphql-core, and their payloads are read in transactions of their own."""
    key = await create_key(app_fixture, "WORK_WRITE")
    worker = sample_data.ids("Worker")[0]
    document = """mutation ($input: CreateTaskInput!) { createTask(input: $input) {
      task { title assignee { name user { email } } } userErrors { code } } }"""
    atomic = document.replace("Input!) {", "Input!) @atomic {", 1)
    for text in (document, atomic):
        response = await key(text, input={"title": "Dig", "assigneeId": worker})
        assert {each["message"] for each in response.body["errors"]} == {"This API key lacks the scope PEOPLE_READ."}
        assert response.body["data"]["createTask"]["task"]["assignee"]["user"] is None


async def test_bulk_selections_are_limited(app_fixture: AppFixture, sample_data: SampleData) -> None:
    key = await create_key(app_fixture, "WORK_WRITE")
    document = """mutation ($where: TaskWhere) {
      bulkUpdateTasks(where: $where, maximum: 100, input: {title: "New"}) { succeeded userErrors { code } } }"""
    response = await key(document, where={"assignee": {"user": {"email": {"startsWith": "o"}}}})
    assert_lacks(response, "PEOPLE_READ")
    assert "New" not in {row["title"] for row in await fetch_table(sample_data.tenant, Task)}


async def test_change_feed_contains_readable_domains_only(app_fixture: AppFixture, sample_data: SampleData) -> None:
    document = "{ changes { nodes { type object { id } } } }"
    for scopes, expected in (
        (["WORK_READ"], {"TASK", "TEAM", "WORKER", "PROJECT"}),
        (["LIBRARY_WRITE"], {"DOCUMENT", "ARTICLE"}),
    ):
        response = await (await create_key(app_fixture, *scopes))(document)
        assert response.error_codes == []
        assert {node["type"] for node in response.data["changes"]["nodes"]} <= expected
        assert response.data["changes"]["nodes"]


@pytest.mark.only("sqlite")
async def test_subscriptions_follow_readable_domains_only(app: FastAPI, app_fixture: AppFixture) -> None:
    key = await create_key(app_fixture, "WORK_READ")
    headers = key.headers | {"Accept": EVENT_STREAM}
    async with open_response(app, "subscription { changes { type } }", headers) as client:
        await wait_until_opened(app, 1)
        owner = app_fixture.tenant.client(Role.OWNER)
        await owner(documents.create("Document"), input={"title": "Hidden"})
        await owner(documents.create("Task"), input={"title": "Dig"})
        assert (await client.read_event())["data"]["changes"]["type"] == "TASK"
    async with open_response(app, "subscription { documentChanged { action } }", headers) as client:
        errors = (await client.read_event())["errors"]
        assert [each["message"] for each in errors] == ["This API key lacks the scope LIBRARY_READ."]


async def test_key_places_and_cancels_orders_with_the_explicit_scope_only(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    product = sample_data.ids("Product")[0]
    place = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
      order { id status items { totalCount } } userErrors { code } } }"""
    cancel = "mutation ($id: ID!) { cancelOrder(id: $id) { order { status } userErrors { code } } }"
    variables: dict[str, Any] = {
        "input": {"items": [{"productId": product, "quantity": 1}], "shippingAddress": "1 Lane"}
    }
    key = await create_key(app_fixture, "SHOP_WRITE")
    placed = (await key(place, **variables)).payload("placeOrder")
    assert placed["userErrors"] == []
    assert placed["order"]["items"]["totalCount"] == 1
    orders = await fetch_table(sample_data.tenant, Order)
    newest = max(orders, key=lambda row: row["created_at"])
    assert newest["placed_by_id"] == app_fixture.tenant.users[Role.OWNER].id
    assert (await key(cancel, id=placed["order"]["id"])).payload("cancelOrder")["order"]["status"] == "CANCELLED"
    for other in (
        await create_key(app_fixture, "SHOP_READ"),
        await create_key(app_fixture, "READ", "WORK_WRITE"),
        await unrestricted_key(app_fixture),
    ):
        assert_lacks(await other(place, **variables), "SHOP_WRITE")
    member = await create_key(app_fixture, "SHOP_WRITE", role="MEMBER")
    response = await member(place, **variables)
    assert response.body["errors"][0]["message"] == "Only an admin of the tenant can do this."


async def unrestricted_key(app_fixture: AppFixture) -> Client:
    """Return a client with a key as there were before there were scopes."""
    owner = app_fixture.tenant.client(Role.OWNER)
    created = (await owner(CREATE_SCOPED_KEY, input={"name": "Old", "role": "OWNER"})).payload("createApiKey")
    assert created["apiKey"]["scopes"] is None
    return app_fixture.client().with_token(created["secret"])


@pytest.mark.only("sqlite")
async def test_key_without_scopes_may_do_what_its_role_allows(app_fixture: AppFixture, sample_data: SampleData) -> None:
    key = await unrestricted_key(app_fixture)
    response = await key(
        "{ tasks { nodes { assignee { user { email } } } } orders { totalCount } auditLog { totalCount } }"
    )
    assert response.error_codes == []
    assert (await key(documents.create("Task"), input={"title": "Dig"})).user_errors("createTask") == []


@pytest.mark.only("sqlite")
async def test_role_and_scopes_both_limit(app_fixture: AppFixture) -> None:
    key = await create_key(app_fixture, "LEDGER_READ", "SHOP_WRITE", role="MEMBER")
    assert (await key("{ accounts { totalCount } }")).body["errors"][0][
        "message"
    ] == "Only an admin of the tenant can do this."
    assert (await key(documents.create("Product"), input={})).error_codes


@pytest.mark.only("sqlite")
async def test_scopes_are_valid_in_no_other_tenant(app_fixture: AppFixture) -> None:
    key = await create_key(app_fixture, "READ")
    response = await key.with_headers(**{"X-Tenant": "there"})(TASKS)
    assert "another tenant" in response.body["errors"][0]["message"]


@pytest.mark.only("sqlite")
async def test_invalid_scopes_create_no_key(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    empty = await owner(CREATE_SCOPED_KEY, input={"name": "Key", "scopes": []})
    assert empty.user_errors("createApiKey") == [("TOO_SHORT", ["input", "scopes"])]
    for scopes in (["ALL"], ["PEOPLE_WRITE"], [None], "x", [" READ "]):
        assert (await owner(CREATE_SCOPED_KEY, input={"name": "Key", "scopes": scopes})).error_codes == [
            "BAD_USER_INPUT"
        ]


async def test_narrowed_scopes_apply_from_the_next_request_on(
    app: FastAPI, app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    """Scopes are verified together with the identity: they take no statement, and no cache outlives them."""
    key = await create_key(app_fixture, "WORK_READ")
    await key(TASKS)
    await key(TASKS)
    await settle(app)
    with statement_counter:
        assert (await key(TASKS)).error_codes == []
    statement_counter.assert_budget(2)
    await app_fixture.execute_sql(update(table_of(ApiKey)).values(scopes=store_scopes(["SHOP_READ"])))
    assert_lacks(await key(TASKS), "WORK_READ")


@pytest.mark.only("sqlite")
async def test_current_key_is_null_for_users_and_shows_nothing_of_others(app_fixture: AppFixture) -> None:
    key = await create_key(app_fixture, "SHOP_READ")
    shown = (await key(CURRENT)).data["currentApiKey"]
    assert (shown["name"], shown["role"], shown["scopes"]) == ("Key", "ADMIN", ["SHOP_READ"])
    assert "orders" in shown["permissions"]
    assert "tasks" not in shown["permissions"]
    assert_lacks(await key("{ currentApiKey { createdBy { email } } }"), "PEOPLE_READ")
    owner = app_fixture.tenant.client(Role.OWNER)
    assert (await owner(CURRENT)).data["currentApiKey"] is None
    listed = await owner("{ apiKeys { nodes { scopes permissions } } }")
    assert listed.data["apiKeys"]["nodes"] == [{"scopes": ["SHOP_READ"], "permissions": None}]
