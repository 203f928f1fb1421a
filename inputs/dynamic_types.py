"""Strawberry helpers for types that are known only at run time, which its static typing does not allow."""

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry.types.lazy_type import LazyType

READS_OTHER_TABLES = "allotment.reads_other_tables"
"""The key of the metadata of input fields for which the database reads other tables."""

READ_TABLES = "allotment.read_tables"
"""The key of the metadata of input fields with the names of these tables."""


def field(**options: Any) -> Any:
    """`strawberry.field` without its overloads."""
    return strawberry.field(**options)


def list_of(item_type: Any) -> Any:
    """The list type `[ItemType!]`."""
    return list[item_type]


@dataclass(frozen=True)
class RowType(LazyType[Any, Any]):
    """An input type whose values reach resolvers as graphql-core coerced them: mappings with the names of the GraphQL
    fields (schema/input_rows.py). Strawberry would inspect the type again for each of a thousand rows."""

    input_type: Any = None

    def resolve_type(self) -> Any:
        """Return the input type."""
        return self.input_type


def row_of(input_type: Any) -> Any:
    """The type of a row that Strawberry does not convert."""
    return RowType(input_type.__name__, input_type.__module__, None, input_type)


def maybe(value_type: Any) -> Any:
    """The type of an optional input field: None if it was omitted, `Some(None)` if it is null."""
    return strawberry.Maybe[value_type]  # type: ignore[misc]


def optional_argument(value_type: Any, description: str) -> Any:
    """The annotation of an optional argument with a description; null means omitted."""
    return Annotated[value_type | None, strawberry.argument(description=description)]


def required_argument(value_type: Any, description: str) -> Any:
    """The annotation of a required argument with a description."""
    return Annotated[value_type, strawberry.argument(description=description)]


def definition(cls: Any) -> Any:
    """Strawberry's definition of a type, input or enum."""
    return cls.__strawberry_definition__
