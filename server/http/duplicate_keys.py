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


class DuplicateKey(Exception):
    """A JSON object contains this key more than once."""


def check_duplicate_keys(text: bytes, value: Any) -> None:
    """Raise DuplicateKey if an object in the text, at any depth, repeats a key; `value` is what orjson has parsed.

    Raise RecursionError if a text that may contain repeated keys is nested too deeply to check.
    """
    if _may_repeat_keys(text, value):
        # Numbers need no conversion, which could fail for numbers with thousands of digits.
        json.loads(text, object_pairs_hook=_check_pairs, parse_int=str, parse_float=str)


def _may_repeat_keys(text: bytes, value: Any) -> bool:
    r"""Compare the numbers of colons: each pair of key and value has one, and orjson has dropped repeated pairs.

    Colons within strings are on both sides, unless they are escaped in the text (`\u003a`)."""
    if b"\\u003" in text and (b"\\u003a" in text or b"\\u003A" in text):
        return True
    try:
        return text.count(b":") != orjson.dumps(value).count(b":")
    except orjson.JSONEncodeError:  # nested more deeply than orjson can serialize
        return True


def _check_pairs(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise DuplicateKey(truncate(key, MAX_KEY_LENGTH))
