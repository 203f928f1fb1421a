"""Repeated keys in JSON and repeated URL parameters are refused: parsers disagree about which value is valid."""

import json
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.duplicate_keys import MAX_SECOND_PARSE_BYTES, DuplicateKey, TooDeeplyNested, check_duplicate_keys
from tests.server.raw_client import assert_request_error
from tests.support.hypothesis_settings import deterministic_settings

QUERY = '"query": "query ($a: Boolean = false) { a: __typename @skip(if: $a) }"'
DUPLICATES = [
    (f"{{{QUERY}, {QUERY}}}", "query"),
    (f'{{"query": "{{ x }}", {QUERY}}}', "query"),
    (rf'{{{QUERY}, "qu\u0065ry": "{{ x }}"}}', "query"),
    (f'{{{QUERY}, "variables": {{}}, "variables": null}}', "variables"),
    (f'{{{QUERY}, "variables": {{"a": true, "a": false}}}}', "a"),
    (f'{{{QUERY}, "variables": {{"b": [{{"c": [{{"d:": 1, "d:": 1}}]}}]}}}}', "d:"),
    (f'{{{QUERY}, "extensions": {{"": 1, "": 2}}}}', ""),
    (rf'{{{QUERY}, "other": "\u003a", "operationName": null, "operationName": null}}', "operationName"),
    (rf'{{{QUERY}, "other": "\u003A", "x": 1, "x": 1}}', "x"),
    (f'{{{QUERY}, "variables": {{"a": {"[" * 500}1{"]" * 500}}}, "x": 1, "x": 1}}', "x"),
    (f'{{{QUERY}, "{"k" * 500}": 1, "{"k" * 500}": 1}}', f"{'k' * 99}…"),
]
UNIQUE = [
    f"{{{QUERY}}}",
    f'{{{QUERY}, "variables": {{"a": false, "b": ":::", "c": "\\":", "d:": {{"a": {{"a": 1}}}}}}}}',
    rf'{{{QUERY}, "variables": {{"b": "\u003a", "c": "\\u003a"}}}}',
    rf'{{{QUERY}, "a:b": "\u003c", "a\u003ab2": {"1" * 400 + "e-500"}}}',
    f'{{{QUERY}, "variables": {{"c": {"[" * 500}1{"]" * 500}}}}}',
]
JSON_TEXTS = st.recursive(
    st.sampled_from(("1", "null", '":"', r'"\u003a"', r'"\\u003a"', r'"\\\u003A"', r'"\":"', '""')),
    lambda values: (
        st.lists(values, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(st.tuples(st.sampled_from(('"a"', r'"\u0061"', '":"', r'"\u003A"')), values), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} : {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("body", "key"), DUPLICATES)
def test_repeated_keys_are_refused(socket_client: httpx.Client, body: str, key: str) -> None:
    response = socket_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    message = f"A JSON object contains the key `{key}` more than once."
    assert assert_request_error(response, message) == 400


@pytest.mark.parametrize("body", UNIQUE)
def test_unique_keys_are_accepted(socket_client: httpx.Client, body: str) -> None:
    response = socket_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.json() == {"data": {"a": "Query"}}


@pytest.mark.parametrize("name", ["query", "variables", "operationName", "extensions"])
def test_repeated_url_parameters_are_refused(socket_client: httpx.Client, name: str) -> None:
    values = {"query": "query A { __typename }", "variables": "{}", "operationName": "A", "extensions": "{}"}
    response = socket_client.get("/graphql", params=[*values.items(), (name, values[name])])
    message = f"The URL contains the parameter `{name}` more than once."
    assert assert_request_error(response, message) == 400
    assert socket_client.get("/graphql", params=[*values.items(), ("x", "1"), ("x", "2")]).json()["data"]


def test_repeated_keys_in_url_parameters_are_refused(socket_client: httpx.Client) -> None:
    response = socket_client.get("/graphql", params={"query": "{ __typename }", "variables": '{"a": 1, "a": 2}'})
    assert assert_request_error(response, "A JSON object contains the key `a` more than once.") == 400


def test_deeply_nested_body_is_never_an_internal_error(socket_client: httpx.Client) -> None:
    for depth in (254, 255, 900, 1000, 1020):
        body = f'{{{QUERY}, "x": {"[" * depth}{"]" * depth}}}'
        response = socket_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in (200, 400)


LONG = f'"x": [{"[]," * MAX_SECOND_PARSE_BYTES}1]'


def test_long_body_is_checked_without_naming_the_key(socket_client: httpx.Client) -> None:
    bodies = {
        rf'{{{QUERY}, {LONG}, "y": "\u003a"}}': None,
        rf'{{{QUERY}, {LONG}, "y": "\u003a", "y": 1}}': "A JSON object contains a key more than once.",
        f'{{{QUERY}, {LONG}, "y": {"[" * 500}{"]" * 500}}}': "JSON of more than 65,536 bytes is nested too deeply.",
    }
    for body, message in bodies.items():
        response = socket_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        if message is None:
            assert response.json() == {"data": {"a": "Query"}}
        else:
            assert assert_request_error(response, message) == 400


def test_long_text_is_not_parsed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's parser would block the event loop for 200 ms."""
    monkeypatch.setattr(json, "loads", None)
    unique = rf'{{{LONG}, "y\u003a": "\\u003a \\\u003A"}}'.encode()
    check_duplicate_keys(unique, orjson.loads(unique))
    repeated = rf'{{{LONG}, "y\u003a": 1, "y:": 2}}'.encode()
    with pytest.raises(DuplicateKey):
        check_duplicate_keys(repeated, orjson.loads(repeated))
    nested = f'{{{LONG}, "y": {"[" * 500}{"]" * 500}}}'.encode()
    with pytest.raises(TooDeeplyNested):
        check_duplicate_keys(nested, orjson.loads(nested))


@deterministic_settings(500)
@given(text=JSON_TEXTS)
def test_repeated_keys_are_found_in_arbitrary_json(text: str) -> None:
    assert _is_refused(text) == _has_repeated_keys(text)


def _is_refused(text: str) -> bool:
    try:
        check_duplicate_keys(text.encode(), orjson.loads(text))
    except DuplicateKey:
        return True
    return False


def _has_repeated_keys(text: str) -> bool:
    found = False

    def check(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) < len(pairs)

    json.loads(text, object_pairs_hook=check)
    return found
