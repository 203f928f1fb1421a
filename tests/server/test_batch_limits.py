"""What the operations of a batch share: cost, idempotency key, size of the response, place."""

import json
import re
from typing import Any

import httpx
import orjson
import pytest
from graphql import ExecutionResult

from models import Team
from server.graphql.outcome import Outcome, PartlyEncodedResult
from server.http.batch_response import BatchResponseBuilder
from server.http.request import HttpRequest
from server.http.request_memory import RequestMemory
from tests.server.batches import ME, MY_EMAIL, TEAMS, codes, create_team, post, send, team_created
from tests.server.raw_client import GRAPHQL_JSON, assert_request_error
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp, http_client
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

pytestmark = pytest.mark.only("sqlite")

TASKS = "{ tasks(first: 50) { nodes { id } } }"
TASKS_COST = 52
EXPENSIVE = f"{{ {' '.join(f'c{number}: tasks {{ totalCount }}' for number in range(15))} }}"
"""Its cost is 1 + 15 * 11, and none of it is refunded."""
DESCRIPTIONS = '{ __type(name: "Task") { fields { name description args { name } } } }'
BUDGET = {"max_cost_user": 200, "max_cost_api_key": 200, "cost_burst_principal": 250, "cost_per_second_principal": 1}


def remaining(response: httpx.Response) -> int:
    """Return the points that remain in the user's budget."""
    match = re.search(r'"user";r=(\d+)', response.headers["RateLimit"])
    assert match is not None
    return int(match[1])


# Cost


async def test_costs_count_together(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(max_cost_user=110) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        assert codes(await post(http, client, TASKS, TASKS)) == [[], []]
        response = await post(http, client, TASKS, "{", create_team("A"), TASKS, Accept=GRAPHQL_JSON)
        assert (response.status_code, codes(response)) == (
            400,
            [["COST_EXCEEDED"], ["BAD_USER_INPUT"], ["COST_EXCEEDED"], ["COST_EXCEEDED"]],
        )
        error = response.json()[0]["errors"][0]
        assert error["extensions"]["limit"] == 110
        assert error["extensions"]["requested"] == 2 * TASKS_COST + 14
        assert error["message"].startswith("The operations of the batch together can cost up to 118 points;")
        assert (await post(http, client, TASKS, TASKS, TASKS)).status_code == 200
    assert await fetch_table(app_fixture.tenant, Team) == []


async def test_operation_that_costs_too_much_alone_refuses_the_batch(
    open_app: OpenApp, app_fixture: AppFixture
) -> None:
    async with open_app(max_cost_user=110) as app, http_client(app) as http:
        response = await post(
            http, app_fixture.tenant.client(), ME, "{ tasks(first: 100) { nodes { id project { id } } } }"
        )
        assert codes(response) == [["COST_EXCEEDED"]] * 2
        assert response.json()[0]["errors"][0]["message"].startswith("The operation can cost up to 202 points;")


async def test_batch_beyond_the_budget_is_refused_as_a_whole(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(**BUDGET) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        assert codes(await post(http, client, EXPENSIVE)) == [[]]
        refused = await post(http, client, create_team("A"), TASKS, TASKS, "{")
        assert (refused.status_code, codes(refused)) == (429, [["RATE_LIMITED"]] * 3 + [["BAD_USER_INPUT"]])
        seconds = refused.json()[0]["errors"][0]["extensions"]["retryAfter"]
        assert refused.headers["Retry-After"] == str(seconds)
        assert remaining(refused) < 118
    assert await fetch_table(app_fixture.tenant, Team) == []


async def test_unused_points_of_each_operation_are_refunded(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(**BUDGET) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        before = await post(http, client, "{ __typename }", **{"X-GraphQL-Cost": "include"})
        cost = before.json()[0]["extensions"]["cost"]
        assert (cost["requested"], cost["actual"]) == (1, 1)
        response = await post(http, client, TASKS, TASKS, ME, **{"X-GraphQL-Cost": "include"})
        costs = [result["extensions"]["cost"] for result in response.json()]
        assert [(cost["requested"], cost["actual"]) for cost in costs] == [(52, 2), (52, 2), (2, 2)]
        lengths = sum(len(query) // 10 for query in (TASKS, ME))  # what the new documents cost
        assert cost["remaining"] - 6 - lengths <= costs[-1]["remaining"] <= 250  # points are restored meanwhile


async def test_anonymous_limit_holds_for_the_sum(app_fixture: AppFixture) -> None:
    schema = "{ __schema { queryType { name } } }"
    response = await post(app_fixture.http, app_fixture.client(), schema, schema)
    assert codes(response) == [["COST_EXCEEDED"]] * 2
    assert codes(await post(app_fixture.http, app_fixture.client(), schema)) == [[]]


# Idempotency-Key


async def test_key_stands_for_the_only_mutation(app_fixture: AppFixture) -> None:
    key = {"Idempotency-Key": "key-1"}
    first = await send(app_fixture, ME, create_team("A"), TEAMS, **key)
    again = await send(app_fixture, TEAMS, create_team("A"), **key)
    assert first.json()[1] == again.json()[1] == team_created("A")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    single = app_fixture.tenant.client().with_headers(**key)
    assert (await single.post(create_team("A"))).headers["Idempotency-Replayed"] == "true"
    assert codes(await send(app_fixture, create_team("B"), **key)) == [["BAD_USER_INPUT"]]
    assert len(await fetch_table(app_fixture.tenant, Team)) == 1


async def test_key_is_refused_with_several_mutations(app_fixture: AppFixture) -> None:
    response = await send(app_fixture, ME, create_team("A"), create_team("B"), **{"Idempotency-Key": "key-1"})
    assert (response.status_code, codes(response)) == (400, [["BAD_USER_INPUT"]] * 3)
    assert "Send them separately" in response.json()[0]["errors"][0]["message"]
    assert await fetch_table(app_fixture.tenant, Team) == []
    malformed = await send(app_fixture, ME, **{"Idempotency-Key": "a b"})
    assert assert_request_error(malformed) == 400


# Size of the response


async def test_results_share_the_size_of_a_response(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(max_response_bytes=2500) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        size = len((await post(http, client, DESCRIPTIONS)).content)
        assert 1250 < size < 2000
        response = await post(http, client, DESCRIPTIONS, DESCRIPTIONS, create_team("A"), ME)
        assert (response.status_code, codes(response)) == (200, [[], ["COST_EXCEEDED"], [], []])
        assert "more than 2,500 bytes, the limit MAX_RESPONSE_BYTES" in response.json()[1]["errors"][0]["message"]
        assert response.json()[2:] == [team_created("A"), MY_EMAIL]


async def test_performed_mutation_keeps_its_result_if_there_is_no_space(
    open_app: OpenApp, app_fixture: AppFixture
) -> None:
    padding = " ".join(f"a{number}: name" for number in range(40))
    query = f'mutation {{ createTeam(input: {{name: "{"x" * 80}"}}) {{ team {{ {padding} }} }} }}'
    async with open_app(max_response_bytes=2500) as app, http_client(app) as http:
        response = await post(http, app_fixture.tenant.client(), query)
        assert codes(response) == [["COST_EXCEEDED"]]
        assert response.json()[0]["data"] == {"createTeam": None}
        assert response.json()[0]["errors"][0]["message"].startswith("The mutation was performed.")
    assert len(await fetch_table(app_fixture.tenant, Team)) == 1


def build_scope() -> Any:
    return {"type": "http", "method": "POST", "headers": [], "client": ("192.0.2.1", 1), "query_string": b""}


async def receive_nothing() -> Any:
    raise AssertionError


async def test_large_results_are_encoded_in_pieces_within_the_limit() -> None:
    memory = RequestMemory(4 * 2**20)
    settings = build_settings("sqlite:///none.db", max_response_bytes=300_000)
    request = HttpRequest(build_scope(), receive_nothing)
    builder = BatchResponseBuilder(request, "application/json", settings, memory)
    fragments = {"rows": [orjson.Fragment(orjson.dumps("x" * 1000)) for _ in range(140)]}
    results = [PartlyEncodedResult(fragments), PartlyEncodedResult(fragments), PartlyEncodedResult(fragments)]
    for result in [*results, ExecutionResult({"a": 1})]:
        await builder.add(Outcome(result), None, has_written=False, is_malformed=False)
    assert memory.used_bytes == builder.size > 280_000
    response = await builder.build()
    sent: list[bytes] = []

    async def send_message(message: Any) -> None:
        sent.append(message.get("body", b""))

    await response({}, receive_nothing, send_message)
    bodies = json.loads(b"".join(sent))
    expected = {"data": {"rows": ["x" * 1000] * 140}}
    assert bodies[:2] == [expected, expected]
    assert [error["extensions"]["code"] for error in bodies[2]["errors"]] == ["COST_EXCEEDED"]
    assert bodies[3] == {"data": {"a": 1}}
    assert memory.used_bytes < 1000


async def test_result_without_memory_is_unavailable(open_app: OpenApp, app_fixture: AppFixture) -> None:
    large = "{ __schema { types { name description fields { name description args { name description } } } } }"
    async with open_app(max_request_memory_bytes=1_048_576) as app, http_client(app) as http:
        response = await post(http, app_fixture.tenant.client(), create_team("A"), large, ME)
        assert (response.status_code, codes(response)) == (200, [[], ["UNAVAILABLE"], []])
        assert response.json()[2] == MY_EMAIL


# Other limits


async def test_skipped_rows_count_together(app_fixture: AppFixture) -> None:
    lists = " ".join(f"t{number}: tasks(offset: 10000) {{ nodes {{ id }} }}" for number in range(6))
    skipping = f"{{ {lists} }}"
    response = await send(app_fixture, skipping, skipping)
    assert codes(response)[0] == []
    assert set(codes(response)[1]) == {"BAD_USER_INPUT"}


async def test_batch_has_one_place(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(max_concurrent_requests=1, max_queued_requests=0) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        for _ in range(2):
            assert codes(await post(http, client, *[ME] * 10)) == [[]] * 10
