"""An Idempotency-Key is bound to the first request that performs anything: another one is refused as a whole."""

import asyncio

import pytest

from database.engine import Database
from models import Task, Team
from models.membership import Role
from server.config.settings import Settings
from services.core import idempotency
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

ONE = "mutation ($a: String!) { a: createTask(input: {title: $a}) { task { title } userErrors { code } } }"
TWO = """
mutation ($a: String!, $b: String!) {
  a: createTask(input: {title: $a}) { task { title } userErrors { code } }
  b: createTask(input: {title: $b}) { task { title } userErrors { code } }
}
"""
LOGIN_AND_CREATE = """
mutation ($input: LoginInput!, $title: String!) {
  login(input: $input) { user { id } userErrors { code } }
  createTask(input: {title: $title}) { task { title } userErrors { code } }
}
"""
CONCURRENT_REQUESTS = 20


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with a connection for each concurrent request."""
    return build_settings(database_url, db_pool_size=CONCURRENT_REQUESTS)


@pytest.fixture
def client(app_fixture: AppFixture) -> Client:
    """A client of the tenant's member that sends one key with every request."""
    return with_key(app_fixture.tenant.client())


async def task_titles(app_fixture: AppFixture) -> list[str]:
    return sorted(row["title"] for row in await fetch_table(app_fixture.tenant, Task))


def messages(response: GraphQLResponse) -> set[str]:
    return {error["message"] for error in response.body["errors"]}


async def test_another_request_is_refused_as_a_whole(client: Client, app_fixture: AppFixture) -> None:
    assert (await client(ONE, a="A")).payload("a")
    response = await client(TWO, a="A'", b="B")
    assert response.error_codes == ["BAD_USER_INPUT"] * 2
    assert response.body["data"] == {"a": None, "b": None}
    assert not is_replay(response)
    assert await task_titles(app_fixture) == ["A"]


async def test_error_names_the_fields_that_were_performed(client: Client) -> None:
    assert (await client(TWO, a="A", b="B")).payload("b")
    (message,) = messages(await client(ONE, a="C"))
    assert message.endswith("performed: a, b.")


async def test_request_whose_first_field_ignores_keys_is_refused_before_it(
    client: Client, app_fixture: AppFixture
) -> None:
    assert (await client(ONE, a="A")).payload("a")
    credentials = {"email": "member@here.test", "password": PASSWORD}
    response = await client(LOGIN_AND_CREATE, input=credentials, title="B")
    assert response.error_codes == ["BAD_USER_INPUT"] * 2
    assert response.body["data"] == {"login": None, "createTask": None}
    assert await task_titles(app_fixture) == ["A"]


async def test_key_stays_free_while_there_are_only_user_errors(
    client: Client, app_fixture: AppFixture, database: Database
) -> None:
    response = await client(TWO, a=" ", b="")
    assert [response.data[name]["userErrors"] for name in "ab"] == [[{"code": "TOO_SHORT"}]] * 2
    assert await count_stored_results(database) == 0
    corrected = await client(TWO, a="A", b="B")
    assert (corrected.payload("a")["task"], corrected.payload("b")["task"]) == ({"title": "A"}, {"title": "B"})
    assert not is_replay(corrected)
    assert await task_titles(app_fixture) == ["A", "B"]


async def test_partly_performed_request_binds_the_key(client: Client, app_fixture: AppFixture) -> None:
    first = await client(TWO, a="A", b=" ")
    assert (first.data["a"]["userErrors"], first.data["b"]["userErrors"]) == ([], [{"code": "TOO_SHORT"}])
    corrected = await client(TWO, a="A", b="B")
    assert corrected.error_codes == ["BAD_USER_INPUT"] * 2
    (message,) = messages(corrected)
    assert message.endswith("performed: a.")
    again = await client(TWO, a="A", b=" ")
    assert (again.data, is_replay(again)) == (first.data, True)
    assert await task_titles(app_fixture) == ["A"]


async def test_field_that_failed_first_is_performed_by_the_retry(client: Client, app_fixture: AppFixture) -> None:
    document = """
    mutation ($name: String!, $title: String!) {
      a: createTeam(input: {name: $name}) { team { id } userErrors { code } }
      b: createTask(input: {title: $title}) { task { title } userErrors { code } }
    }
    """
    team = await app_fixture.tenant.create(Team, name="Diggers")
    first = await client(document, name="Diggers", title="B")
    assert (first.data["a"]["userErrors"], first.payload("b")["task"]) == ([{"code": "TAKEN"}], {"title": "B"})
    unbound_client = app_fixture.tenant.client()
    await unbound_client(documents.delete("Team"), id=f"team_{team.id.hex}")
    second = await client(document, name="Diggers", title="B")
    assert (second.payload("a")["team"] is not None, second.payload("b"), is_replay(second)) == (
        True,
        first.payload("b"),
        True,
    )
    third = await client(document, name="Diggers", title="B")
    assert third.data == second.data
    assert await task_titles(app_fixture) == ["B"]


async def test_same_key_of_another_user_or_tenant_is_independent(client: Client, app_fixture: AppFixture) -> None:
    assert (await client(ONE, a="A")).payload("a")
    for other in (app_fixture.tenant.client(Role.ADMIN), app_fixture.other_tenant.client()):
        response = await with_key(other)(TWO, a="C", b="D")
        assert (response.payload("b")["task"], is_replay(response)) == ({"title": "D"}, False)
    assert await task_titles(app_fixture) == ["A", "C", "D"]


async def test_one_of_two_concurrent_requests_binds_the_key(client: Client, app_fixture: AppFixture) -> None:
    requests = [{"a": f"A{number % 2}", "b": f"B{number % 2}"} for number in range(CONCURRENT_REQUESTS)]
    async with asyncio.timeout(60):
        responses = await asyncio.gather(*(client(TWO, **variables) for variables in requests))
    titles = await task_titles(app_fixture)
    assert titles in (["A0", "B0"], ["A1", "B1"])
    for variables, response in zip(requests, responses, strict=True):
        if list(variables.values()) == titles:
            assert [response.payload(name)["task"]["title"] for name in "ab"] == titles
        else:
            assert response.error_codes == ["BAD_USER_INPUT"] * 2
            assert response.body["data"] == {"a": None, "b": None}


async def test_concurrent_request_is_performed_if_the_first_one_is_rejected(
    client: Client, app_fixture: AppFixture
) -> None:
    requests = [{"a": " ", "b": " "}, {"a": "A", "b": "B"}] * (CONCURRENT_REQUESTS // 2)
    async with asyncio.timeout(60):
        responses = await asyncio.gather(*(client(TWO, **variables) for variables in requests))
    assert await task_titles(app_fixture) == ["A", "B"]
    assert all(response.payload("b")["task"] == {"title": "B"} for response in responses[1::2])


@pytest.mark.parametrize(("document", "fields"), [(ONE, 1), (TWO, 2)])
async def test_key_costs_two_statements_per_field(
    document: str,
    fields: int,
    app_fixture: AppFixture,
    statement_counter: StatementCounter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "CLEANUP_PROBABILITY", 0)  # it would be one statement more
    variables = {"a": "A", "b": "B"} if fields == 2 else {"a": "A"}
    without_key = await app_fixture.tenant.client().lease_cost_points()
    with statement_counter:
        assert (await without_key(document, **variables)).payload("a")
    plain = statement_counter.count
    with statement_counter:
        assert (await with_key(without_key)(document, **variables)).payload("a")
    assert statement_counter.count - plain == 2 * fields
