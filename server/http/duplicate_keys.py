"""Detection of repeated keys in JSON objects.

Parsers disagree about which value of a repeated key is valid. A proxy that inspects requests could therefore check
another operation than the one that the server executes. orjson takes the last value and cannot report repetitions.
"""

import json
from collections import Counter
from typing import Any

import orjson

from server.telemetry.truncation import truncate

MAX_KEY_LENGTH = 100
"""In characters: the longest part of a key that an error message repeats."""
MAX_SECOND_PARSE_BYTES = 64 * 2**10
"""The longest text that is parsed a second time, by Python. That blocks the server for up to 15 ms."""


class DuplicateKey(Exception):
    """A JSON object contains this key more than once; without an argument, the key is not known."""


class TooDeeplyNested(Exception):
    """A long text is nested too deeply to be checked."""


def check_duplicate_keys(text: bytes, value: Any) -> None:
    """Raise DuplicateKey if an object in the text, at any depth, repeats a key; `value` is what orjson has parsed.

    Raise TooDeeplyNested or RecursionError if the text is nested too deeply to check.
    """
    try:
        # Each pair of key and value has a colon, and orjson has dropped repeated pairs. The other colons are in
        # strings, where orjson replaces escaped ones by plain ones.
        escaped = _count_escaped_colons(text) if b"\\u003" in text else 0
        if text.count(b":") + escaped == orjson.dumps(value).count(b":"):
            return
    except orjson.JSONEncodeError:  # nested more deeply than orjson can serialize
        if len(text) > MAX_SECOND_PARSE_BYTES:
            raise TooDeeplyNested from None
    if len(text) > MAX_SECOND_PARSE_BYTES:
        raise DuplicateKey
    # Numbers need no conversion, which could fail for numbers with thousands of digits.
    json.loads(text, object_pairs_hook=_check_pairs, parse_int=str, parse_float=str)


def _count_escaped_colons(text: bytes) -> int:
    r"""Return the number of the escape sequences \u003a and \u003A; in `\\u003a`, the backslash itself is escaped."""
    text = text.replace(b"\\\\", b"__")
    return text.count(b"\\u003a") + text.count(b"\\u003A")


def _check_pairs(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise DuplicateKey(truncate(key, MAX_KEY_LENGTH))
