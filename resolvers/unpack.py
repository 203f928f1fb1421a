"""Convert GraphQL arguments to what services take: plain values with decoded ids and without omitted fields."""

from typing import Any
from uuid import UUID

import strawberry

from models.ids import parse_id


def decode_id(table: str, id: strawberry.ID) -> UUID:
    """Decode the id of a row of this table; a malformed id becomes one that no row has."""
    return parse_id(table, id)


def provided_fields(input: Any) -> dict[str, Any]:
    """The fields that the client provided, null included. In an input object, None means omitted."""
    references: dict[str, str] = getattr(type(input), "references", {})
    fields: dict[str, Any] = {}
    for name, value in vars(input).items():
        if value is not None:
            provided = value.value if isinstance(value, strawberry.Some) else value
            fields[name] = _decode_reference(references.get(name), provided)
    return fields


def _decode_reference(table: str | None, value: Any) -> Any:
    return value if table is None or value is None else parse_id(table, value)
