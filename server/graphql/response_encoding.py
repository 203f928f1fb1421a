"""Encoding of responses as JSON. Parts of large responses are encoded during execution."""

from collections.abc import Callable
from typing import Any

import orjson

from executor import Slicing


def encode_part(value: Any) -> tuple[orjson.Fragment, int]:
    """Encode a part of a response: return a fragment that takes its place, and its size in bytes."""
    encoded = orjson.dumps(value)
    return orjson.Fragment(encoded), len(encoded)


def build_slicing(on_chunk: Callable[[], None]) -> Slicing:
    """Build the options with which an operation is executed in slices."""
    return Slicing(encode_part, on_chunk)
