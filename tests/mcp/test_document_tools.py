"""Persisted documents as tools: which ones, with which inputs, and for whom."""

from functools import partial
from typing import Any

import pytest

from database.authentication import Credentials
from models import Task
from server.mcp import document_tools
from services.core.persisted_documents import NewDocument, register, remove
from services.core.use_case import run_use_case
from tests.mcp.agent import Agent, agent_of, agent_with_key
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import app_opener, http_client
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.only("sqlite")
FIND_TASKS = """
query FindTasks($first: Int = 5, $where: TaskWhere, $ids: [ID!]! = []) {
  tasks(first: $first, where: $where) { nodes { title } }
  nodes(ids: $ids) @include(if: false) { id }
}
"""
CREATE_TASK = """
mutation CreateTask($input: CreateTaskInput!) { createTask(input: $input) { task { title } userErrors { code } } }
"""


@pytest.fixture(autouse=True)
def loaded_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let registered documents be tools at once."""
    monkeypatch.setattr(document_tools, "FOUND_SECONDS", -1.0)


async def register_documents(app_fixture: AppFixture, *texts: str) -> None:
    """Register documents one after the other."""
    for text in texts:
        document = NewDocument(f"id {hash(text)}", text)
        await run_use_case(app_fixture.database, Credentials(), partial(register, documents=[document]))


async def list_names(agent: Agent) -> list[str]:
    """Return the names of all tools, also of those that have the same name."""
    return [tool["name"] for tool in (await agent.send("tools/list"))["tools"]]


async def test_named_operations_are_tools(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, FIND_TASKS)
    await app_fixture.tenant.create(Task, title="Dig")
    await app_fixture.tenant.create(Task, title="Sow")
    agent = agent_of(app_fixture)
    tool = (await agent.list_tools())["FindTasks"]
    assert (tool["title"], tool["annotations"]["readOnlyHint"]) == ("Find Tasks", True)
    assert "All tasks of the current tenant" in tool["description"]
    content = await agent.call("FindTasks", where={"title": {"eq": "Sow"}})
    assert content["result"] == {"data": {"tasks": {"nodes": [{"title": "Sow"}]}}}
    assert content["notice"]


async def test_input_schema_is_that_of_the_variables(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, FIND_TASKS)
    schema = (await agent_of(app_fixture).list_tools())["FindTasks"]["inputSchema"]
    properties = schema["properties"]
    assert properties["first"]["default"] == 5
    assert properties["first"]["anyOf"][0]["type"] == "integer"
    assert properties["where"]["anyOf"][0] == {"$ref": "#/$defs/TaskWhere"}
    assert properties["ids"] == {"type": "array", "items": {"type": "string"}, "default": []}
    assert "required" not in schema
    assert schema["$defs"]["TaskWhere"]["properties"]["status"]["description"]


async def test_mutations_are_tools_of_keys_that_write_their_domain(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, CREATE_TASK)
    arguments: dict[str, Any] = {"input": {"title": "Dig"}}
    for agent in (agent_of(app_fixture), await agent_with_key(app_fixture, "SHOP_WRITE")):
        assert "CreateTask" not in await agent.list_tools()
        assert (await agent.fail("CreateTask", **arguments))[0] == "FORBIDDEN"
    assert await fetch_table(app_fixture.tenant, Task) == []
    agent = await agent_with_key(app_fixture, "WORK_WRITE")
    tool = (await agent.list_tools())["CreateTask"]
    assert (tool["annotations"]["destructiveHint"], tool["inputSchema"]["required"]) == (True, ["input"])
    assert (await agent.call("CreateTask", **arguments))["result"]["data"]["createTask"]["task"] == {"title": "Dig"}


async def test_repeated_mutation_with_a_key_is_performed_once(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, CREATE_TASK)
    agent = await agent_with_key(app_fixture, "WORK_WRITE")
    for _ in range(2):
        await agent.call("CreateTask", input={"title": "Dig"}, idempotencyKey="once")
    assert len(await fetch_table(app_fixture.tenant, Task)) == 1
    assert (await agent.fail("CreateTask", input={"title": "Dig"}, idempotencyKey=1))[0] == "BAD_USER_INPUT"


async def test_queries_are_tools_of_callers_who_may_run_them(app_fixture: AppFixture) -> None:
    await register_documents(
        app_fixture, "query Orders { orders { totalCount } }", "query Keys { apiKeys { totalCount } }"
    )
    assert "Orders" in await agent_of(app_fixture).list_tools()
    assert "Keys" not in await agent_of(app_fixture).list_tools()
    tools = await (await agent_with_key(app_fixture, "WORK_READ")).list_tools()
    assert not tools.keys() & {"Orders", "Keys"}


async def test_other_documents_are_no_tools(app_fixture: AppFixture) -> None:
    others = (
        "{ viewer { id } }",
        "query A { __typename } query B { __typename }",
        "subscription Follow { taskChanged { action } }",
        "query Live @live { tasks { totalCount } }",
        "query run_query { __typename }",
        f"query {'x' * 65} {{ __typename }}",
        "query Invalid { unknown }",
    )
    agent = agent_of(app_fixture)
    before = await list_names(agent)
    await register_documents(app_fixture, *others)
    assert await list_names(agent) == before


async def test_newest_document_of_a_name_is_the_tool(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, "query Me { viewer { id } }", "query Me { viewer { email } }")
    agent = agent_of(app_fixture)
    assert (await agent.call("Me"))["result"]["data"] == {"viewer": {"email": "member@here.test"}}
    newest = f"id {hash('query Me { viewer { email } }')}"
    await run_use_case(app_fixture.database, Credentials(), lambda work: remove(work, [newest]))
    assert (await agent.call("Me"))["result"]["data"]["viewer"].keys() == {"id"}


async def test_number_of_tools_is_bounded(app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_tools, "MAX_DOCUMENTS", 2)
    await register_documents(app_fixture, *(f"query Q{number} {{ __typename }}" for number in range(3)))
    assert {"Q1", "Q2"} == {name for name in await agent_of(app_fixture).list_tools() if name.startswith("Q")}


async def test_invalid_arguments_are_explained(app_fixture: AppFixture) -> None:
    await register_documents(app_fixture, FIND_TASKS)
    agent = agent_of(app_fixture)
    for arguments in ({"first": "x"}, {"first": 101}, {"unknown": 1}, {"where": {"nothing": 1}}, {"first": 10**30}):
        assert (await agent.fail("FindTasks", **arguments))[0] == "BAD_USER_INPUT", arguments


@pytest.mark.parametrize("mode", ["required", "off"])
async def test_modes_of_persisted_documents(app_fixture: AppFixture, database_url: str, mode: str) -> None:
    await register_documents(app_fixture, "query Me { viewer { email } }")
    async with app_opener(database_url)(persisted=mode) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        tools = await agent.list_tools()
        if mode == "off":
            assert "Me" not in tools
            return
        assert list(tools) == ["Me"]
        assert (await agent.call("Me"))["result"]["data"] == {"viewer": {"email": "member@here.test"}}
        call = {"name": "run_query", "arguments": {"query": "query Me { viewer { email } }"}}
        response = await agent.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
        assert "There is no tool 'run_query'" in response.json()["error"]["message"]
