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
    fields = {
        name: value.value if isinstance(value, strawberry.Some) else value
        for name, value in vars(input).items()
        if value is not None
    }
    references: dict[str, str] = getattr(type(input), "references", {})
    for name, table in references.items():
        if fields.get(name) is not None:
            fields[name] = parse_id(table, fields[name])
    return fields
