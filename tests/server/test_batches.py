"""Batched requests: results in order, statuses, and what the operations of a batch share."""

import logging
from hashlib import sha256
from typing import Any

import pytest

from models import Team
from models.membership import Role
from server.http.request_turns import RequestTurns
from tests.server.batches import (
    CREATE_TEAM,
    ME,
    MY_EMAIL,
    TEAMS,
    codes,
    create_team,
    post,
    send,
    team_created,
)
from tests.server.raw_client import GRAPHQL_JSON, RawClient, assert_request_error
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.configured_app import OpenApp, http_client
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.only("sqlite")

PERSISTED = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(ME.encode()).hexdigest()}}}
SUBSCRIPTION = "subscription { changes { cursor } }"


async def test_results_are_in_the_order_of_the_operations(app_fixture: AppFixture) -> None:
    response = await send(app_fixture, ME, create_team("A"), TEAMS, create_team("B"), TEAMS)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    teams = [{"data": {"teams": {"nodes": [{"name": name} for name in names]}}} for names in ("A", "BA")]
    assert response.json() == [MY_EMAIL, team_created("A"), teams[0], team_created("B"), teams[1]]


async def test_batch_of_one(app_fixture: AppFixture) -> None:
    response = await send(app_fixture, ME, Accept=GRAPHQL_JSON)
    assert (response.status_code, response.json()) == (200, [MY_EMAIL])
    assert response.headers["Content-Type"] == f"{GRAPHQL_JSON}; charset=utf-8"


INVALID: list[tuple[Any, int, int]] = [
    # an operation, and the statuses of a batch with it alone for application/json and application/graphql-response+json
    ({"query": "{"}, 200, 400),
    ({"query": "{ unknown }"}, 200, 400),
    ({"query": " "}, 400, 400),
    ({}, 400, 400),
    ({"query": ME, "variables": []}, 400, 400),
    ({"query": ME, "operationName": "Other"}, 400, 400),
    ({"query": SUBSCRIPTION}, 400, 400),
    ({"query": "query ($id: ID!) { task(id: $id) { id } }"}, 200, 400),
]


async def test_operations_are_refused_one_by_one(app_fixture: AppFixture) -> None:
    for operation, status, graphql_status in INVALID:
        for accept, expected in (("application/json", status), (GRAPHQL_JSON, graphql_status)):
            alone = await send(app_fixture, operation, Accept=accept)
            assert (alone.status_code, codes(alone)) == (expected, [["BAD_USER_INPUT"]]), operation
        mixed = await send(app_fixture, ME, operation, ME, Accept=GRAPHQL_JSON)
        assert (mixed.status_code, codes(mixed)) == (200, [[], ["BAD_USER_INPUT"], []]), operation
        assert mixed.json()[::2] == [MY_EMAIL, MY_EMAIL]
        assert mixed.json()[1] == alone.json()[0]


async def test_single_and_batched_results_are_equal(raw_client: RawClient) -> None:
    operations: list[Any] = [operation for operation, _, _ in INVALID if operation.get("query") != SUBSCRIPTION]
    operations += [{"query": query} for query in (ME, TEAMS, "{ apiKeys { nodes { id } } }")]
    batch = (await raw_client.post(operations[:10])).json()
    assert batch == [(await raw_client.post(operation)).json() for operation in operations[:10]]


BAD_BATCHES: list[tuple[Any, str]] = [
    ([], "A batch contains 1 to 10 operations (MAX_BATCH); this one has 0."),
    ([{"query": ME}] * 11, "A batch contains 1 to 10 operations (MAX_BATCH); this one has 11."),
    ([{"query": ME}, [{"query": ME}]], "Element 1 of the batch is not a JSON object with a `query`."),
    ([1], "Element 0 of the batch is not a JSON object with a `query`."),
    ([None, {"query": ME}], "Element 0 of the batch is not a JSON object with a `query`."),
    (["{ viewer { id } }"], "Element 0 of the batch is not a JSON object with a `query`."),
]


async def test_malformed_batches_are_refused_as_a_whole(raw_client: RawClient) -> None:
    for body, message in BAD_BATCHES:
        assert assert_request_error(await raw_client.post(body), message) == 400
    repeated = b'[{"query": "{ viewer { id } }", "query": "{ viewer { id } }"}]'
    response = await raw_client.send(content=repeated)
    assert assert_request_error(response, "A JSON object contains the key `query` more than once.") == 400


@pytest.mark.parametrize("maximum", [0, 1, 2])
async def test_number_of_operations_is_a_setting(open_app: OpenApp, app_fixture: AppFixture, maximum: int) -> None:
    async with open_app(max_batch=maximum) as app, http_client(app) as http:
        single = await post(http, app_fixture.tenant.client(), ME)
        double = await post(http, app_fixture.tenant.client(), ME, ME)
        assert [single.status_code, double.status_code] == ([200, 200] if maximum == 2 else [400, 400])
        if maximum < 2:
            message = "The body must be a JSON object with a `query`; batches are off (MAX_BATCH)."
            assert assert_request_error(single, message) == 400


async def test_batches_are_sent_by_post(raw_client: RawClient) -> None:
    response = await raw_client.get(query='[{"query": "{ viewer { id } }"}]')
    assert assert_request_error(response) == 200  # the text is no document


async def test_operations_are_denied_by_themselves(app_fixture: AppFixture) -> None:
    keys = "{ apiKeys { nodes { id } } }"
    denied = await send(app_fixture, keys, ME)
    assert (denied.status_code, codes(denied)) == (200, [["FORBIDDEN"], []])
    anonymous = await post(app_fixture.http, app_fixture.client(), ME, "{ __typename }")
    assert codes(anonymous) == [["UNAUTHENTICATED"], []]
    outsider = await post(
        app_fixture.http, app_fixture.client(app_fixture.other_tenant.users[Role.OWNER], "here"), TEAMS
    )
    assert codes(outsider) == [["FORBIDDEN"]]


async def test_credentials_are_those_of_the_request(app_fixture: AppFixture) -> None:
    """`login` does not sign in the operations that follow; the cookies of all operations are set."""
    login = {
        "query": documents.LOGIN,
        "variables": {"input": {"email": "member@here.test", "password": PASSWORD, "refreshTokenIn": "COOKIE"}},
    }
    response = await post(app_fixture.http, app_fixture.client(), login, ME)
    assert codes(response) == [[], ["UNAUTHENTICATED"]]
    assert response.headers["Set-Cookie"].startswith("allotment-refresh=")


async def test_persisted_queries(app_fixture: AppFixture) -> None:
    first = await send(app_fixture, PERSISTED, TEAMS)
    assert codes(first) == [["PERSISTED_QUERY_NOT_FOUND"], []]
    stored = await send(app_fixture, {"query": ME, **PERSISTED}, PERSISTED)
    assert codes(stored) == [[], ["PERSISTED_QUERY_NOT_FOUND"]]  # it is stored when the batch has been charged
    assert (await send(app_fixture, PERSISTED, PERSISTED)).json() == [MY_EMAIL, MY_EMAIL]


async def test_one_failure_does_not_affect_the_others(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    execute = RequestTurns.execute_charged

    async def fail(self: Any, operation: Any, *arguments: Any) -> Any:
        if operation.request.query == TEAMS:
            raise ArithmeticError
        return await execute(self, operation, *arguments)

    monkeypatch.setattr(RequestTurns, "execute_charged", fail)
    response = await send(app_fixture, create_team("A"), TEAMS, create_team("B"))
    assert codes(response) == [[], ["INTERNAL"], []]
    assert "ArithmeticError" in caplog.text
    assert len(await fetch_table(app_fixture.tenant, Team)) == 2


async def test_each_operation_is_logged(app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "allotment.access"):
        response = await send(app_fixture, {"query": f"query A {ME}"}, "{", {}, Accept=GRAPHQL_JSON)
    assert response.status_code == 200
    lines = [record.getMessage().rsplit(maxsplit=2)[0] for record in caplog.records]
    assert lines == [*(f"BATCH /graphql {status}" for status in (200, 400, 400)), "POST /graphql 200"]


async def test_large_batch_is_compressed(app_fixture: AppFixture) -> None:
    response = await send(app_fixture, *[TEAMS] * 2, *[ME] * 8, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers
    schema = '{ __type(name: "Task") { fields { name description } } }'
    response = await send(app_fixture, *[schema] * 10, **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.json()) == 10


async def test_mutation_documents_need_variables_of_their_own(app_fixture: AppFixture) -> None:
    response = await send(app_fixture, create_team("A"), CREATE_TEAM)
    assert codes(response) == [[], ["BAD_USER_INPUT"]]
