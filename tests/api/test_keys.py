"""Lookups by a unique value, and upserts."""

import asyncio
from typing import Any

import pytest

from models.membership import Role
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.noun_client import NounClient
from tests.support.upserts import upsert_document, upsert_variables

CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { code } } }"
BY = "query ($by: TaskKey!) { task(by: $by) { id title externalId } }"
UPSERT = """
mutation ($by: TaskUpsertKey!, $input: UpsertTaskInput!, $version: Int) {
  upsertTask(by: $by, input: $input, expectedVersion: $version) {
    task { id title description externalId version history { nodes { action } } }
    userErrors { code field message }
  }
}
"""


async def create_task(client: Client, **input: Any) -> str:
    """Create a task, and return its id."""
    id: str = (await client(CREATE, input={"title": "Dig"} | input)).payload("createTask")["task"]["id"]
    return id


async def upsert(client: Client, external_id: str, /, version: int | None = None, **input: Any) -> Any:
    """Upsert a task, and return the payload."""
    variables = {"by": {"externalId": external_id}, "input": {"title": "Dig"} | input, "version": version}
    return (await client(UPSERT, **variables)).data["upsertTask"]


# Lookups


async def test_object_is_found_by_each_unique_value(member_client: Client) -> None:
    id = await create_task(member_client, externalId="T-1")
    for by in ({"externalId": "T-1"}, {"externalId": " T-1 "}, {"id": id}):
        assert (await member_client(BY, by=by)).data["task"]["id"] == id
    for by in ({"externalId": "t-1"}, {"externalId": "x" * 300}, {"externalId": ""}, {"id": "x"}):
        assert (await member_client(BY, by=by)).data["task"] is None


async def test_value_of_another_tenant_is_not_found(app_fixture: AppFixture, member_client: Client) -> None:
    await create_task(app_fixture.other_tenant.client(), externalId="T-1")
    assert (await member_client(BY, by={"externalId": "T-1"})).data["task"] is None


async def test_worker_and_team_are_found_by_email_and_name(member_client: Client) -> None:
    create = """mutation { createTeam(input: {name: "Beds"}) { team { id } }
                           createWorker(input: {name: "Ann", email: "ann@here.test"}) { worker { id } } }"""
    await member_client(create)
    query = '{ team(by: {name: "Beds"}) { name } worker(by: {email: "ANN@here.test"}) { name } }'
    assert (await member_client(query)).data == {"team": {"name": "Beds"}, "worker": {"name": "Ann"}}


async def test_past_state_is_found_by_the_present_value(app_fixture: AppFixture) -> None:
    admin = app_fixture.tenant.client(Role.ADMIN)
    id = await create_task(admin, externalId="T-1")
    query = 'query ($by: TaskKey!) { task(by: $by, asOf: "2999-01-01T00:00:00Z") { id } }'
    assert (await admin(query, by={"externalId": "T-1"})).data["task"] == {"id": id}
    assert (await admin(query, by={"externalId": "T-2"})).data["task"] is None


@pytest.mark.parametrize("arguments", ["", '(id: "x", by: {id: "x"})', "(id: null)"])
async def test_exactly_one_key_is_required(member_client: Client, arguments: str) -> None:
    response = await member_client(f"{{ task{arguments} {{ id }} }}")
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert response.body["errors"][0]["message"] == "Pass exactly one of `id`, `by`."


@pytest.mark.parametrize("by", [{}, {"id": "x", "externalId": "x"}, {"externalId": None}, {"title": "x"}])
async def test_invalid_keys_are_refused(member_client: Client, by: Any) -> None:
    assert (await member_client(BY, by=by)).error_codes == ["BAD_USER_INPUT"]


# Upserts


async def test_upsert_creates_and_then_updates(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client(Role.ADMIN)
    created = (await upsert(client, "T-1", description="Deep"))["task"]
    assert (created["externalId"], created["version"], created["description"]) == ("T-1", 1, "Deep")
    updated = (await upsert(client, "T-1", title="Dig again"))["task"]
    assert (updated["id"], updated["version"]) == (created["id"], 2)
    assert (updated["title"], updated["description"]) == ("Dig again", "Deep")
    assert [node["action"] for node in updated["history"]["nodes"]] == ["UPDATED", "CREATED"]


async def test_every_upsert_accepts_its_own_result(noun: NounClient) -> None:
    if not noun.spec.has("upsert"):
        pytest.skip("the noun has no upsert")
    document, variables = upsert_document(noun.spec.type_name), upsert_variables(noun.spec, noun.sample_data, 7)
    payloads = [(await noun.client(document, **variables)).payload(f"upsert{noun.spec.type_name}") for _ in range(2)]
    first, second = (payload[noun.spec.field_name] for payload in payloads)
    assert first["id"] == second["id"]
    assert first["version"] == second["version"] == 1  # nothing changed


async def test_stale_version_is_a_conflict(member_client: Client) -> None:
    await upsert(member_client, "T-1")
    payload = await upsert(member_client, "T-1", version=3, title="Other")
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]
    assert payload["task"]["title"] == "Dig"
    missing = await upsert(member_client, "T-2", version=1)
    assert [(error["code"], error["field"]) for error in missing["userErrors"]] == [("NOT_FOUND", ["by"])]


@pytest.mark.parametrize(
    ("external_id", "input", "error"),
    [
        ("T-1", {"externalId": "T-2"}, ("INVALID", ["input", "externalId"])),
        ("T-1", {"externalId": None}, ("INVALID", ["input", "externalId"])),
        ("", {}, ("TOO_SHORT", ["by", "externalId"])),
        ("x" * 201, {}, ("TOO_LONG", ["by", "externalId"])),
        ("T-1", {"title": ""}, ("TOO_SHORT", ["input", "title"])),
        ("T-1", {"projectId": "project_x"}, ("NOT_FOUND", ["input", "projectId"])),
    ],
)
async def test_invalid_upserts_write_nothing(member_client: Client, external_id: str, input: Any, error: Any) -> None:
    payload = await upsert(member_client, external_id, **input)
    assert payload["task"] is None
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [error]
    assert (await member_client("{ tasks { totalCount } }")).data["tasks"]["totalCount"] == 0


async def test_taken_value_of_another_column_is_a_user_error(member_client: Client) -> None:
    document = """mutation ($id: String!) { upsertTeam(by: {externalId: $id}, input: {name: "Beds"}) {
                    team { name } userErrors { code field } } }"""
    (await member_client(document, id="1")).payload("upsertTeam")
    response = await member_client(document, id="2")
    assert response.user_errors("upsertTeam") == [("TAKEN", ["input", "name"])]


async def test_concurrent_upserts_create_one_object(app_fixture: AppFixture, member_client: Client) -> None:
    payloads = await asyncio.gather(*(upsert(member_client, "T-1", title=f"Dig {n}") for n in range(8)))
    assert [payload["userErrors"] for payload in payloads] == [[]] * 8
    assert len({payload["task"]["id"] for payload in payloads}) == 1
    tasks = (await member_client("{ tasks { nodes { externalId version } } }")).data["tasks"]["nodes"]
    assert tasks == [{"externalId": "T-1", "version": 8}]


async def test_stock_of_an_existing_product_does_not_change(admin_client: Client) -> None:
    document = """mutation ($stock: Int!, $price: Decimal!) {
      upsertProduct(by: {externalId: "P-1"}, input: {name: "Spade", price: $price, stock: $stock}) {
        product { price stock } userErrors { code } } }"""
    (await admin_client(document, stock=5, price="1.00")).payload("upsertProduct")
    updated = (await admin_client(document, stock=9, price="2.00")).payload("upsertProduct")["product"]
    assert updated == {"price": "2.00", "stock": 5}
