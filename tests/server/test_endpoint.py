"""The GraphQL endpoint over HTTP: what it takes, what it answers with, and in which type and status."""

from typing import Any

import httpx
import pytest

from models import Team
from tests.support.scene import stored
from tests.support.world import World

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
QUERY = "{ viewer { email } }"
ANSWER = {"data": {"viewer": {"email": "member@here.test"}}}
CREATE = 'mutation { createTeam(input: {name: "Diggers"}) { team { name } } }'
NO_JSON = "The body is not JSON in UTF-8."
NO_OPERATION = "`operationName` must name one of the document's operations."
NO_OBJECT = "The body must be a JSON object with a `query`; batches are not supported."


NO_OBJECTS: list[Any] = [[], [1], "{}", 5, False]
NO_NAMES: list[Any] = [5, ["A"], {}, True]


class Wire:
    """Requests as they are, from somebody who is signed in."""

    def __init__(self, world: World) -> None:
        self.http = world.http
        self.headers = world.here.client().headers

    async def send(self, method: str = "POST", content: Any = None, **headers: str) -> httpx.Response:
        """Send these bytes. The body is said to be JSON unless the headers say otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        usual = {"Content-Type": JSON} if content is not None and "Content-Type" not in named else {}
        return await self.http.request(method, "/graphql", content=content, headers=self.headers | usual | named)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        """Send JSON."""
        request = self.http.build_request("POST", "/graphql", json=body)
        return await self.send("POST", request.content, **headers)

    async def get(self, **parameters: str) -> httpx.Response:
        """Ask in the address."""
        return await self.http.get("/graphql", params=parameters, headers=self.headers)


@pytest.fixture
def wire(world: World) -> Wire:
    """Somebody's requests."""
    return Wire(world)


def refusal(response: httpx.Response, *messages: str) -> int:
    """The status of an answer that must hold errors and nothing else, each with its code."""
    body = response.json()
    assert body.keys() == {"errors"}
    assert [error["extensions"] for error in body["errors"]] == [{"code": "BAD_USER_INPUT"}] * len(body["errors"])
    if messages:
        assert [error["message"] for error in body["errors"]] == list(messages)
    return response.status_code


# Methods


async def test_queries_go_by_get_and_post(wire: Wire) -> None:
    for response in (await wire.post({"query": QUERY}), await wire.get(query=QUERY)):
        assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_get_takes_variables_operation_name_and_extensions(wire: Wire) -> None:
    document = "query A { viewer { id } } query B($yes: Boolean!) { viewer { email @include(if: $yes) } }"
    more = {"variables": '{"yes": true}', "operationName": "B", "extensions": '{"any": 1}'}
    assert (await wire.get(query=document, **more)).json() == ANSWER


async def test_mutations_do_not_go_by_get(wire: Wire, world: World) -> None:
    for document, more in (
        (CREATE, {}),
        (f"query A {QUERY} mutation B {CREATE.removeprefix('mutation')}", {"operationName": "B"}),
    ):
        response = await wire.get(query=document, **more)
        assert refusal(response, "Mutations must be sent by POST.") == 405
        assert response.headers["Allow"] == "POST"
    assert await stored(world.here, Team) == []


async def test_other_methods_are_refused_and_do_nothing(wire: Wire, world: World) -> None:
    request = wire.http.build_request("POST", "/graphql", json={"query": CREATE})
    for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        response = await wire.send(method, request.content)
        assert (method, response.status_code, response.headers["Allow"]) == (method, 405, "GET, POST")
        if method != "HEAD":
            assert refusal(response, "Send operations by GET or POST.") == 405
    assert await stored(world.here, Team) == []


# Bodies


BODIES = [
    (b"", NO_JSON),
    (b" ", NO_JSON),
    (b"null", NO_OBJECT),
    (b"1", NO_OBJECT),
    (b'"x"', NO_OBJECT),
    (b"true", NO_OBJECT),
    (b"[]", NO_OBJECT),
    (b'[{"query": "{ viewer { id } }"}]', NO_OBJECT),
    (b"{", NO_JSON),
    (b"{'query': 1}", NO_JSON),
    (b'{"query": "{ viewer { id } }"} x', NO_JSON),
    (b'{"query": "{ viewer { \xff } }"}', NO_JSON),
    (b'{"query": "\xed\xa0\x80"}', NO_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": "\\ud800"}}', NO_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": NaN}}', NO_JSON),
    (b'{"query": "{ viewer { id } }", "variables": {"x": 1e999}}', NO_JSON),
    (b'\xef\xbb\xbf{"query": "{ viewer { id } }"}', NO_JSON),
    ('{"query": "{ viewer { id } }"}'.encode("utf-16"), NO_JSON),
    (b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", NO_JSON),
    (b"\0" * 100, NO_JSON),
]


async def test_what_is_no_json_object_is_refused(wire: Wire) -> None:
    for body, problem in BODIES:
        assert (body[:50], refusal(await wire.send(content=body), problem)) == (body[:50], 400)


async def test_a_query_must_be_text(wire: Wire) -> None:
    problem = "`query` must hold a GraphQL document."
    values: list[Any] = [None, "", " \n", 5, True, ["{ viewer { id } }"], {"text": QUERY}]
    for body in ({}, {"Query": QUERY}, {"id": "1", "payload": {"query": QUERY}}, *({"query": each} for each in values)):
        assert refusal(await wire.post(body), problem) == 400
    for parameters in ({}, {"query": ""}):
        assert refusal(await wire.get(**parameters), problem) == 400


async def test_variables_and_extensions_must_be_objects_and_the_name_text(wire: Wire) -> None:
    for name in ("variables", "extensions"):
        for value in NO_OBJECTS:
            assert refusal(
                await wire.post({"query": QUERY, name: value}), f"`{name}` must be an object, or be omitted."
            )
        for text in ("", "{", "x", "{'a': 1}"):
            assert refusal(await wire.get(query=QUERY, **{name: text}), f"`{name}` is not JSON.") == 400
        assert refusal(await wire.get(query=QUERY, **{name: "[]"})) == 400
    for value in NO_NAMES:
        problem = "`operationName` must be a string, or be omitted."
        assert refusal(await wire.post({"query": QUERY, "operationName": value}), problem) == 400


async def test_nulls_are_as_good_as_nothing(wire: Wire) -> None:
    nothing = dict.fromkeys(("variables", "operationName", "extensions"))
    assert (await wire.post({"query": QUERY} | nothing)).json() == ANSWER


async def test_extensions_cannot_reach_into_the_server(wire: Wire) -> None:
    extensions = {"context": 1, "self": 2, "persistedQuery": {"version": 1}, "subscription_id": "x", "__class__": {}}
    assert (await wire.post({"query": QUERY, "extensions": extensions, "more": [1]})).json() == ANSWER


async def test_of_several_operations_one_must_be_named(wire: Wire, world: World) -> None:
    document = f"query A {QUERY} mutation B {CREATE.removeprefix('mutation')}"
    for name in (None, "", "C", "a", "A ", "\0", "__proto__"):
        assert refusal(await wire.post({"query": document, "operationName": name}), NO_OPERATION) == 400
    for document in ("fragment F on User { id }", "type Query { x: Int }"):
        assert refusal(await wire.post({"query": document}), NO_OPERATION) == 400
    assert await stored(world.here, Team) == []
    assert (await wire.post({"query": f"query A {QUERY}", "operationName": None})).json() == ANSWER


async def test_subscriptions_are_not_served_here(wire: Wire) -> None:
    problem = "Subscriptions are not served over plain HTTP."
    assert refusal(await wire.post({"query": "subscription { tasks { id } }"}), problem) == 400
    assert refusal(await wire.get(query="subscription { tasks { id } }"), problem) == 400


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


async def test_what_a_page_could_send_without_asking_is_not_taken(wire: Wire, world: World) -> None:
    for content_type in CONTENT_TYPES:
        response = await wire.post({"query": CREATE}, **{"Content-Type": content_type})
        assert (content_type, refusal(response)) == (content_type, 415)
    assert await stored(world.here, Team) == []


async def test_json_is_taken_in_utf_8_only_however_that_is_written(wire: Wire) -> None:
    for content_type in (JSON, "Application/JSON", f"{JSON};charset=UTF-8", f'{JSON}; charset="utf-8"', f"{JSON}; x=y"):
        response = await wire.post({"query": QUERY}, **{"Content-Type": content_type})
        assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_body_beyond_the_limit_is_refused(wire: Wire, world: World) -> None:
    padding = 1_048_576 - len('{"query":""}')
    response = await wire.post({"query": "#" * (padding + 1)})
    assert refusal(response, "The request's body is larger than 1048576 bytes.") == 413
    full = CREATE.ljust(padding - 2 * CREATE.count('"'), "#")
    assert (await wire.post({"query": full})).status_code == 200
    assert len(await stored(world.here, Team)) == 1


# Answers


ACCEPTED = [
    ("*/*", JSON),
    ("application/*", JSON),
    (JSON, JSON),
    (GRAPHQL, GRAPHQL),
    ("APPLICATION/JSON", JSON),
    (f"{GRAPHQL}, {JSON}", GRAPHQL),
    (f"{JSON}, {GRAPHQL}", JSON),
    (f"{GRAPHQL};q=0.1, {JSON};q=0.9", JSON),
    (f"{GRAPHQL}; charset=utf-8; q=0.9, {JSON};q=0.1", GRAPHQL),
    (f"{GRAPHQL};q=0, */*;q=0.1", JSON),
    (f"text/event-stream, {GRAPHQL}", GRAPHQL),
    (f"text/event-stream, multipart/mixed, {JSON}", JSON),
    ("image/png, */*;q=0.1", JSON),
]
UNACCEPTABLE = [
    "text/event-stream",
    "text/plain",
    "text/html",
    f"{JSON};q=0",
    f"{JSON};q=x",
    "*/*;q=0",
    "*/*;q=nan",
    "garbage;;;,,,q",
]


async def test_the_answer_comes_as_the_client_likes_it_best(wire: Wire) -> None:
    for accept, media_type in ACCEPTED:
        response = await wire.post({"query": QUERY}, Accept=accept)
        assert (response.status_code, response.json()) == (200, ANSWER)
        assert (accept, response.headers["Content-Type"]) == (accept, f"{media_type}; charset=utf-8")


async def test_a_client_that_takes_no_answer_of_ours_is_told(wire: Wire, world: World) -> None:
    for accept in UNACCEPTABLE:
        response = await wire.post({"query": CREATE}, Accept=accept)
        assert (accept, refusal(response)) == (accept, 406)
        assert response.headers["Content-Type"] == f"{JSON}; charset=utf-8"
    assert await stored(world.here, Team) == []


async def test_without_an_accept_header_the_answer_is_json(wire: Wire) -> None:
    for more in ({}, {"Accept": ""}):
        request = wire.http.build_request("POST", "/graphql", json={"query": QUERY}, headers=wire.headers)
        del request.headers["Accept"]
        request.headers.update(more)
        response = await wire.http.send(request)
        assert (response.json(), response.headers["Content-Type"]) == (ANSWER, f"{JSON}; charset=utf-8")


@pytest.mark.parametrize(("media_type", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_what_is_refused_before_it_is_executed_has_no_data(media_type: str, status: int, wire: Wire) -> None:
    for query, variables in (
        ("{", {}),
        ("{ nothing }", {}),
        ("query ($id: ID!) { task(id: $id) { id } }", {}),
        ("query ($id: ID!) { task(id: $id) { id } }", {"id": None}),
    ):
        response = await wire.post({"query": query, "variables": variables}, Accept=media_type)
        assert refusal(response) == status
        assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
async def test_what_fails_while_it_is_executed_has_data(media_type: str, wire: Wire) -> None:
    query = "{ viewer { email } tasks(first: 1000) { totalCount } }"
    response = await wire.post({"query": query}, Accept=media_type)
    assert response.status_code == 200
    assert response.json()["data"] == ANSWER["data"] | {"tasks": None}
    assert response.json()["errors"][0]["path"] == ["tasks"]


async def test_every_answer_carries_the_requests_id(wire: Wire) -> None:
    for response in (await wire.post({"query": QUERY}), await wire.send(content=b"x"), await wire.send("PUT")):
        assert len(response.headers["X-Request-ID"]) == 32
    named = await wire.post({"query": QUERY}, **{"X-Request-ID": "mine-1"})
    assert named.headers["X-Request-ID"] == "mine-1"
