"""Lets rows reach the resolvers of bulk mutations as graphql-core coerced them (`RowType`)."""

from typing import Any

import strawberry
from strawberry.types.base import StrawberryContainer

from inputs.derive import Json
from inputs.dynamic_types import RowType, definition
from schema.scalars import SCALARS


def leave_rows_unconverted(schema: strawberry.Schema) -> None:
    """Register the types of rows as scalars, whose values Strawberry does not convert. The schema has been built, so
    their GraphQL types stay inputs."""
    registry: dict[Any, Any] = schema.schema_converter.scalar_registry
    scalar = SCALARS[Json]  # only its presence matters
    for field in definition(schema.mutation).fields:
        for argument in field.arguments:
            item_type = _innermost(argument.type)
            if isinstance(item_type, RowType):
                registry[item_type] = scalar


def _innermost(type_: Any) -> Any:
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    return type_
