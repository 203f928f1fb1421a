"""Scopes of API keys in documents that are sent by their ids, and in the past, with both executors."""

from typing import Any

import pytest

from database.authentication import Credentials
from database.engine import Database
from models import Task
from models.base import utc_now
from models.membership import Role
from server.config.setting_types import ExecutorName
from server.config.settings import Settings
from services.core.persisted_documents import NewDocument, register
from services.core.use_case import run_use_case
from tests.sign_in.helpers import assert_lacks, create_key
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.sample_data import SampleData, fetch_table
from tests.support.settings import build_settings

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]
DOCUMENTS = {
    "tasks": "{ tasks { nodes { title } } }",
    "users": "{ tasks { nodes { title assignee { user { email } } } } }",
    "create": 'mutation { createTask(input: {title: "New"}) { task { title } userErrors { code } } }',
}
PAST = "query ($id: ID!, $asOf: DateTime) { %s(id: $id, asOf: $asOf) { %s } }"


@pytest.fixture(params=["compiled", "graphql-core"])
def executor(request: pytest.FixtureRequest) -> ExecutorName:
    """Each of the executors."""
    name: ExecutorName = request.param
    return name


@pytest.fixture
def settings(database_url: str, executor: ExecutorName) -> Settings:
    """Settings with this executor, for clients that send documents by their ids only."""
    return build_settings(database_url, executor=executor, persisted="allowed")


@pytest.fixture(autouse=True)
async def registered(database: Database) -> None:
    """Register the documents."""
    new = [NewDocument(id, text) for id, text in DOCUMENTS.items()]
    await run_use_case(database, Credentials(), lambda work: register(work, new))


async def read_past(client: Client, table: str, selection: str, id: str) -> GraphQLResponse:
    """Read an object as it is at this moment."""
    return await client(PAST % (table, selection), id=id, asOf=utc_now().isoformat())


async def test_persisted_document_is_limited_by_the_scopes_of_each_key(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    """A document is prepared once for all keys: what one key may read says nothing about the next one."""
    body = {"documentId": "users"}
    full = await create_key(app_fixture, "WORK_READ", "PEOPLE_READ")
    narrow, other = await create_key(app_fixture, "WORK_READ"), await create_key(app_fixture, "SHOP_WRITE")
    for _ in range(2):
        assert (await full.post(body)).data["tasks"]["nodes"][0]["assignee"]["user"]["email"]
        assert_lacks(await other.post(body), "WORK_READ")
        response = await narrow.post(body)
        assert set(response.error_codes) == {"FORBIDDEN"}
        assert {each["message"] for each in response.body["errors"]} == {"This API key lacks the scope PEOPLE_READ."}
        assert "@" not in str(response.body["data"])
        assert (await narrow.post({"documentId": "tasks"})).data["tasks"]["nodes"]


async def test_persisted_mutation_needs_the_scope_for_writing(app_fixture: AppFixture, sample_data: SampleData) -> None:
    body = {"documentId": "create"}
    assert_lacks(await (await create_key(app_fixture, "WORK_READ", "READ")).post(body), "WORK_WRITE")
    assert "New" not in await titles(sample_data)
    created = await (await create_key(app_fixture, "WORK_WRITE")).post(body)
    assert created.payload("createTask")["task"] == {"title": "New"}
    assert "New" in await titles(sample_data)


async def titles(sample_data: SampleData) -> set[Any]:
    """Return the titles of the tenant's tasks."""
    return {row["title"] for row in await fetch_table(sample_data.tenant, Task)}


async def test_past_is_limited_by_the_domain_of_the_object(app_fixture: AppFixture, sample_data: SampleData) -> None:
    task, order = sample_data.ids("Task")[0], sample_data.ids("Order")[0]
    key = await create_key(app_fixture, "WORK_READ")
    past = await read_past(key, "task", "title project { name } assignee { name }", task)
    assert past.data == (await key(PAST % ("task", "title project { name } assignee { name }"), id=task)).data
    assert past.data["task"]["assignee"]
    assert_lacks(await read_past(key, "order", "number", order), "SHOP_READ")
    assert (await read_past(await create_key(app_fixture, "SHOP_READ"), "order", "number", order)).data["order"]
    tenant = "query ($asOf: DateTime) { tenant(asOf: $asOf) { name } }"
    assert_lacks(await key(tenant, asOf=utc_now().isoformat()), "PEOPLE_READ")


async def test_relations_in_the_past_need_the_scope_of_their_domain(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    worker = sample_data.ids("Worker")[0]
    narrow, full = await create_key(app_fixture, "WORK_READ"), await create_key(app_fixture, "READ")
    response = await read_past(narrow, "worker", "name user { email }", worker)
    assert_lacks(response, "PEOPLE_READ")
    assert "@" not in str(response.body["data"])
    assert (await read_past(full, "worker", "user { email }", worker)).error_codes == ["BAD_USER_INPUT"]
    assert (await read_past(narrow, "worker", "team { name }", worker)).data["worker"]["team"]["name"]


async def test_past_needs_the_role_and_the_scope(app_fixture: AppFixture, sample_data: SampleData) -> None:
    task = sample_data.ids("Task")[0]
    member = await create_key(app_fixture, "WORK_READ", role="MEMBER")
    assert (await member(documents.NODE, id=task)).data["node"]
    response = await read_past(member, "task", "title", task)
    assert response.body["errors"][0]["message"] == "Only an admin of the tenant can do this."
    history = await create_key(app_fixture, "HISTORY_READ")
    assert_lacks(await read_past(history, "task", "title", task), "WORK_READ")
    there = (await create_key(app_fixture, "READ")).with_headers(**{"X-Tenant": "there"})
    assert "another tenant" in (await read_past(there, "task", "title", task)).body["errors"][0]["message"]
    assert (await read_past(app_fixture.tenant.client(Role.ADMIN), "task", "title", task)).data["task"]
