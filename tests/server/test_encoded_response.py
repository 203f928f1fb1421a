"""Large responses are encoded and sent in pieces."""

from typing import Any

import orjson
import pytest

from executor import ResponseTooLarge
from server.graphql.response_encoding import PIECE_BYTES, encode_in_pieces, encode_part
from server.http.encoded_response import MAX_SENT_BYTES, WHOLE_RESPONSE, EncodedResponse


async def test_body_is_sent_in_pieces_with_its_length() -> None:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    pieces = [b"a" * 10, b"b" * (2 * MAX_SENT_BYTES + 1)]
    body_bytes = b"".join(pieces)
    await EncodedResponse(pieces, 200, "application/json")({}, None, send)  # type: ignore[arg-type]
    start, *body = messages
    assert (b"content-length", str(2 * MAX_SENT_BYTES + 11).encode()) in start["headers"]
    assert b"".join(message["body"] for message in body) == body_bytes
    assert max(len(message["body"]) for message in body) == MAX_SENT_BYTES
    assert [message["more_body"] for message in body] == [True] * (len(body) - 1) + [False]


@pytest.mark.parametrize("scope", [{}, {"extensions": {}}, {"extensions": {WHOLE_RESPONSE: {}}}])
async def test_small_body_is_sent_with_the_head_if_the_server_expects_it(scope: Any) -> None:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await EncodedResponse([b"null"], 200, "application/json")(scope, None, send)  # type: ignore[arg-type]
    assert len(messages) == (1 if scope.get("extensions") else 2)
    assert messages[-1]["body"] == b"null"


VALUES: tuple[Any, ...] = (
    {},
    [],
    {"a": {}, "b": []},
    {"data": {'é"': [None, True, 1.5, "x\n", {"y": [[1], []]}]}, "errors": [{}]},
)


@pytest.mark.parametrize("value", VALUES)
async def test_pieces_are_the_same_json(value: Any) -> None:
    assert b"".join(await encode_in_pieces(value, 10_000)) == orjson.dumps(value)


async def test_encoded_parts_are_inserted() -> None:
    inner, size = encode_part({"text": "x" * PIECE_BYTES})
    outer, _ = encode_part({"parts": [inner, inner]})
    body = {"data": {"list": [outer, inner], "nested": {"one": inner}}}
    pieces = await encode_in_pieces(body, 10 * size)
    text = {"text": "x" * PIECE_BYTES}
    assert orjson.loads(b"".join(pieces)) == {
        "data": {"list": [{"parts": [text, text]}, text], "nested": {"one": text}}
    }
    assert len(pieces) > 1


async def test_too_large_body_is_refused_before_it_is_complete() -> None:
    part, size = encode_part("x" * PIECE_BYTES)
    with pytest.raises(ResponseTooLarge) as raised:
        await encode_in_pieces({"data": [part] * 100}, 10 * size)
    assert raised.value.size < 13 * size
