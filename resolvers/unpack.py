"""Convert GraphQL arguments to what services take: plain values with decoded ids and without omitted fields."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from models.ids import parse_id


def decode_id(table: str, id: strawberry.ID) -> UUID:
    """Decode the id of a row of this table; a malformed id becomes one that no row has."""
    return parse_id(table, id)


def optional_value(optional: Any) -> Any:
    """The value of one field that a client may omit; None if it was omitted."""
    return None if optional is None else optional.value


def provided_fields(input: Any) -> dict[str, Any]:
    """The fields that the client provided, null included. In an input object, None means omitted."""
    fields = {
        name: value.value if isinstance(value, strawberry.Some) else value
        for name, value in vars(input).items()
        if value is not None
    }
    _parse_references(type(input), fields)
    return fields


def provided_values(input_type: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a row that Strawberry has not converted: a mapping with the names of the GraphQL fields."""
    names = input_type.field_names
    fields = {names[name]: value for name, value in row.items()}
    _parse_references(input_type, fields)
    return fields


def _parse_references(input_type: Any, fields: dict[str, Any]) -> None:
    references: Mapping[str, str] = getattr(input_type, "references", {})
    for name, table in references.items():
        if fields.get(name) is not None:
            fields[name] = parse_id(table, fields[name])
