"""GraphQL's arguments as services take them: plain values, ids decoded, what was omitted left out."""

from typing import Any
from uuid import UUID

import strawberry

from models.ids import parse_id


def key(table: str, id: strawberry.ID) -> UUID:
    """The id of a row of this table; a malformed one becomes one that is never found."""
    return parse_id(table, id)


def given(input: Any) -> dict[str, Any]:
    """The fields that the client wrote, null or not. (Schema inputs are made so that None means omitted.)"""
    references: dict[str, str] = getattr(type(input), "references", {})
    written: dict[str, Any] = {}
    for name, value in vars(input).items():
        if value is not None:
            plain = value.value if isinstance(value, strawberry.Some) else value
            written[name] = _decoded(references.get(name), plain)
    return written


def _decoded(table: str | None, value: Any) -> Any:
    return value if table is None or value is None else parse_id(table, value)
