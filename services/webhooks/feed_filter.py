"""Which changes a webhook receives."""

from collections.abc import Iterable
from typing import Any

import orjson

from services.core.change_filter import EVERY_CHANGE, ChangeFilter


def join_types(nouns: Iterable[str]) -> str:
    """Return the types of objects as a webhook stores them; an empty text for all types."""
    joined = " ".join(sorted(set(nouns)))
    return f" {joined} " if joined else ""


def of_types(types: str) -> ChangeFilter:
    """Return the filter for changes of the types that a webhook stores."""
    return ChangeFilter.of_nouns(types.split()) if types else EVERY_CHANGE


def to_json(value: Any) -> Any:
    """Return a filter input as JSON has it, with enum values as texts."""
    return orjson.loads(orjson.dumps(value))
