"""Encoding of responses as JSON. Parts of large responses are encoded during execution."""

from collections.abc import Iterator
from typing import Any

import orjson

from executor import Meter, Pacer

PIECE_BYTES = 64 * 1024


def encode_json(value: Any) -> bytes:
    """Encode a response or a part of one. Points in time are written as the scalar DateTime serializes them."""
    return orjson.dumps(value, None, orjson.OPT_UTC_Z)


def encode_part(value: Any) -> tuple[orjson.Fragment, int]:
    """Encode a part of a response: return a fragment that takes its place, and its size in bytes.

    The bytes are copied, because those that orjson returns occupy at least four kilobytes."""
    encoded = bytes(memoryview(encode_json(value)))
    return orjson.Fragment(encoded), len(encoded)


async def encode_in_pieces(body: dict[str, Any], max_bytes: int) -> list[bytes]:
    """Encode a response that contains fragments. The pieces have about PIECE_BYTES, and other tasks run between them:
    one text of many megabytes would be allocated and filled in one step. Raise ResponseTooLarge if there are more than
    `max_bytes`."""
    pacer = Pacer()
    meter = Meter(max_bytes)
    pieces: list[bytes] = []
    parts: list[bytes] = []
    size = 0
    for part in _encode_parts(body):
        parts.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            meter.add_bytes(size)
            pieces.append(b"".join(parts))
            parts.clear()
            size = 0
            await pacer.pause()
    meter.add_bytes(size)
    pieces.append(b"".join(parts))
    return pieces


def _encode_parts(value: Any) -> Iterator[bytes]:
    """Yield the JSON text of a value. Objects and lists are encoded item by item, to find the fragments in them."""
    if type(value) is dict and value:
        separator = b"{"
        for key, item in value.items():
            yield separator + orjson.dumps(key) + b":"
            yield from _encode_parts(item)
            separator = b","
        yield b"}"
    elif type(value) is list and value:
        separator = b"["
        for item in value:
            yield separator
            yield from _encode_parts(item)
            separator = b","
        yield b"]"
    else:
        yield encode_json(value)
