"""Answers of different servers to the same question, made comparable: what is only form goes."""

import datetime
import re
import uuid
from typing import Any

_ID = re.compile(r"(?:[a-z]+_)?([0-9a-f]{32})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")
_WRAPPERS = ("nodes", "worker", "task")
"""The only key of an object that merely holds a list, or what a link leads to."""


def normalised(data: Any) -> Any:
    """Lists without their connections, ids as UUIDs, moments in UTC."""
    match data:
        case dict():
            return _object(data)
        case list():
            return [normalised(each) for each in data]
        case str():
            return _text(data)
    return data


def created(data: Any) -> Any:
    """The same of a created object, without what is different every time."""
    (task,) = normalised(data).values()
    return task and {name: value for name, value in task.items() if name not in ("id", "createdAt", "updatedAt")}


def difference(one: Any, other: Any, place: str = "data") -> str | None:
    """Where two normalised answers differ first; None when they are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(filter(None, (difference(one[key], other[key], f"{place}.{key}") for key in one)), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next(filter(None, (difference(*pair, f"{place}[{n}]") for n, pair in pairs)), None)
    return None if one == other else f"{place}: {_short(one)} and {_short(other)}"


def count_objects(data: Any) -> int:
    """How many objects with an id an answer has."""
    match data:
        case dict():
            return ("id" in data) + sum(count_objects(each) for each in data.values())
        case list():
            return sum(count_objects(each) for each in data)
    return 0


def _object(data: dict[str, Any]) -> Any:
    content = {name: value for name, value in data.items() if name != "userErrors" or value}
    if len(content) == 1 and next(iter(content)) in _WRAPPERS:
        return normalised(next(iter(content.values())))
    return {name: normalised(value) for name, value in content.items()}


def _text(text: str) -> str:
    if found := _ID.fullmatch(text):
        return str(uuid.UUID(hex=found[1]))
    if _MOMENT.fullmatch(text):
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return text


def _short(value: Any) -> str:
    return f"{value!r:.80}"
