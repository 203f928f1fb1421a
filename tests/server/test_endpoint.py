"""The GraphQL endpoint over HTTP: accepted requests, and the rejection of others."""

from typing import Any

import pytest

from models import Team
from tests.server.raw_client import CREATE, JSON, QUERY, RESPONSE, RawClient, assert_request_error
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.only("sqlite")

NOT_JSON = "The body is not JSON in UTF-8."
UNKNOWN_OPERATION = "`operationName` must name one of the document's operations."
NOT_AN_OBJECT = "The body must be a JSON object with a `query`, or an array of such objects."


NON_OBJECTS: list[Any] = [[], [1], "{}", 5, False]
NON_STRINGS: list[Any] = [5, ["A"], {}, True]


# Methods


async def test_queries_are_accepted_by_get_and_post(raw_client: RawClient) -> None:
    for response in (await raw_client.post({"query": QUERY}), await raw_client.get(query=QUERY)):
        assert (response.status_code, response.json()) == (200, RESPONSE)


async def test_get_accepts_variables_operation_name_and_extensions(raw_client: RawClient) -> None:
    document = "query A { viewer { id } } query B($yes: Boolean!) { viewer { email @include(if: $yes) } }"
    parameters = {"variables": '{"yes": true}', "operationName": "B", "extensions": '{"any": 1}'}
    assert (await raw_client.get(query=document, **parameters)).json() == RESPONSE


async def test_mutations_are_rejected_by_get(raw_client: RawClient, app_fixture: AppFixture) -> None:
    for document, parameters in (
        (CREATE, {}),
        (f"query A {QUERY} mutation B {CREATE.removeprefix('mutation')}", {"operationName": "B"}),
    ):
        response = await raw_client.get(query=document, **parameters)
        assert assert_request_error(response, "Mutations must be sent by POST.") == 405
        assert response.headers["Allow"] == "POST"
    assert await fetch_table(app_fixture.tenant, Team) == []


async def test_other_methods_are_rejected_without_effect(raw_client: RawClient, app_fixture: AppFixture) -> None:
    request = raw_client.http.build_request("POST", "/graphql", json={"query": CREATE})
    for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        response = await raw_client.send(method, request.content)
        assert (method, response.status_code, response.headers["Allow"]) == (method, 405, "GET, POST")
        if method != "HEAD":
            assert assert_request_error(response, "Send operations by GET or POST.") == 405
    assert await fetch_table(app_fixture.tenant, Team) == []


# Bodies


BODIES = [
    (b"", NOT_JSON),
    (b" ", NOT_JSON),
    (b"null", NOT_AN_OBJECT),
    (b"1", NOT_AN_OBJECT),
    (b'"x"', NOT_AN_OBJECT),
    (b"true", NOT_AN_OBJECT),
    (b"{", NOT_JSON),
    (b"{'query': 1}", NOT_JSON),
    (b'{"query": "{ viewer { id } }"} x', NOT_JSON),
    (b'{"query": "{ viewer { \xff } }"}', NOT_JSON),
    (b'{"query": "\xed\xa0\x80"}', NOT_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": "\\ud800"}}', NOT_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": NaN}}', NOT_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": 1e999}}', NOT_JSON),
    (b'\xef\xbb\xbf{"query": "{ viewer { id } }"}', NOT_JSON),
    ('{"query": "{ viewer { id } }"}'.encode("utf-16"), NOT_JSON),
    (b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", NOT_JSON),
    (b"\0" * 100, NOT_JSON),
]


async def test_body_that_is_not_a_json_object_is_rejected(raw_client: RawClient) -> None:
    for body, message in BODIES:
        assert (body[:50], assert_request_error(await raw_client.send(content=body), message)) == (body[:50], 400)


async def test_query_must_be_a_string(raw_client: RawClient) -> None:
    message = "`query` must contain a GraphQL document."
    values: list[Any] = [None, "", " \n", 5, True, ["{ viewer { id } }"], {"text": QUERY}]
    for body in (
        {},
        {"Query": QUERY},
        {"id": "1", "payload": {"query": QUERY}},
        *({"query": value} for value in values),
    ):
        assert assert_request_error(await raw_client.post(body), message) == 400
    for parameters in ({}, {"query": ""}):
        assert assert_request_error(await raw_client.get(**parameters), message) == 400


async def test_variables_and_extensions_must_be_objects_and_operation_name_a_string(raw_client: RawClient) -> None:
    for name in ("variables", "extensions"):
        for value in NON_OBJECTS:
            assert assert_request_error(
                await raw_client.post({"query": QUERY, name: value}), f"`{name}` must be an object, or be omitted."
            )
        for text in ("", "{", "x", "{'a': 1}"):
            assert (
                assert_request_error(await raw_client.get(query=QUERY, **{name: text}), f"`{name}` is not JSON.") == 400
            )
        assert assert_request_error(await raw_client.get(query=QUERY, **{name: "[]"})) == 400
    for value in NON_STRINGS:
        message = "`operationName` must be a string, or be omitted."
        assert assert_request_error(await raw_client.post({"query": QUERY, "operationName": value}), message) == 400


async def test_null_parameters_are_ignored(raw_client: RawClient) -> None:
    nulls = dict.fromkeys(("variables", "operationName", "extensions"))
    assert (await raw_client.post({"query": QUERY} | nulls)).json() == RESPONSE


async def test_unknown_extensions_are_ignored(raw_client: RawClient) -> None:
    extensions = {"context": 1, "self": 2, "subscription_id": "x", "__class__": {}}
    assert (await raw_client.post({"query": QUERY, "extensions": extensions, "more": [1]})).json() == RESPONSE


async def test_operation_name_must_match_one_of_several_operations(
    raw_client: RawClient, app_fixture: AppFixture
) -> None:
    document = f"query A {QUERY} mutation B {CREATE.removeprefix('mutation')}"
    for name in (None, "", "C", "a", "A ", "\0", "__proto__"):
        assert (
            assert_request_error(await raw_client.post({"query": document, "operationName": name}), UNKNOWN_OPERATION)
            == 400
        )
    for document in ("fragment F on User { id }", "type Query { x: Int }"):
        assert assert_request_error(await raw_client.post({"query": document}), UNKNOWN_OPERATION) == 400
    assert await fetch_table(app_fixture.tenant, Team) == []
    assert (await raw_client.post({"query": f"query A {QUERY}", "operationName": None})).json() == RESPONSE


async def test_subscriptions_need_a_media_type_of_streams(raw_client: RawClient) -> None:
    message = (
        "The results of a subscription or a live query are a stream: accept text/event-stream or "
        "multipart/mixed;subscriptionSpec=1.0, or subscribe over WebSocket."
    )
    assert assert_request_error(await raw_client.post({"query": "subscription { tasks { id } }"}), message) == 406
    assert assert_request_error(await raw_client.get(query="subscription { tasks { id } }"), message) == 406


CONTENT_TYPES = [
    "text/plain",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/graphql",
    "application/graphql+json",
    "application/jsonp",
    "text/json",
    "",
    "json",
    "application/json; charset=utf-16",
    "application/json; charset=latin-1",
]


async def test_content_types_of_simple_requests_are_rejected(raw_client: RawClient, app_fixture: AppFixture) -> None:
    for content_type in CONTENT_TYPES:
        response = await raw_client.post({"query": CREATE}, **{"Content-Type": content_type})
        assert (content_type, assert_request_error(response)) == (content_type, 415)
    assert await fetch_table(app_fixture.tenant, Team) == []


async def test_json_content_type_is_accepted_in_all_spellings(raw_client: RawClient) -> None:
    for content_type in (JSON, "Application/JSON", f"{JSON};charset=UTF-8", f'{JSON}; charset="utf-8"', f"{JSON}; x=y"):
        response = await raw_client.post({"query": QUERY}, **{"Content-Type": content_type})
        assert (response.status_code, response.json()) == (200, RESPONSE)


async def test_body_beyond_limit_is_rejected(raw_client: RawClient, app_fixture: AppFixture) -> None:
    padding = 1_048_576 - len('{"query":""}')
    response = await raw_client.post({"query": "#" * (padding + 1)})
    assert assert_request_error(response, "The request's body is larger than 1048576 bytes.") == 413
    largest_document = CREATE.ljust(padding - 2 * CREATE.count('"'), "#")
    assert (await raw_client.post({"query": largest_document})).status_code == 200
    assert len(await fetch_table(app_fixture.tenant, Team)) == 1
