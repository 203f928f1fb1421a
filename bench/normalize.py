"""Normalizes the results of different servers, so that results with the same content are equal."""

import datetime
import re
import uuid
from typing import Any

_ID = re.compile(r"(?:[a-z]+_)?([0-9a-f]{32})")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")
_WRAPPERS = ("nodes", "worker", "task")
"""Keys of objects that only wrap a list, or the row behind a link table. An object with one such key is unwrapped."""


def normalize(data: Any) -> Any:
    """Return the data with lists instead of connections, ids as UUIDs and timestamps in UTC."""
    match data:
        case dict():
            return _normalize_object(data)
        case list():
            return [normalize(item) for item in data]
        case str():
            return _normalize_text(data)
    return data


def normalize_created(data: Any) -> Any:
    """Return the normalized created object, without the values that differ every time."""
    (task,) = normalize(data).values()
    return task and {name: value for name, value in task.items() if name not in ("id", "createdAt", "updatedAt")}


def difference(first: Any, second: Any, path: str = "data") -> str | None:
    """Return where two normalized results first differ; None if they are equal."""
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        return next(filter(None, (difference(first[key], second[key], f"{path}.{key}") for key in first)), None)
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        pairs = enumerate(zip(first, second, strict=True))
        return next(filter(None, (difference(*pair, f"{path}[{n}]") for n, pair in pairs)), None)
    return None if first == second else f"{path}: {_abbreviate(first)} and {_abbreviate(second)}"


def count_objects(data: Any) -> int:
    """Return the number of objects with an id in a result."""
    match data:
        case dict():
            return ("id" in data) + sum(count_objects(value) for value in data.values())
        case list():
            return sum(count_objects(item) for item in data)
    return 0


def _normalize_object(data: dict[str, Any]) -> Any:
    content = {name: value for name, value in data.items() if name != "userErrors" or value}
    if len(content) == 1 and next(iter(content)) in _WRAPPERS:
        return normalize(next(iter(content.values())))
    return {name: normalize(value) for name, value in content.items()}


def _normalize_text(text: str) -> str:
    if match := _ID.fullmatch(text):
        return str(uuid.UUID(hex=match[1]))
    if _TIMESTAMP.fullmatch(text):
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return text


def _abbreviate(value: Any) -> str:
    return f"{value!r:.80}"
