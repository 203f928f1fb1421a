"""Model enums as GraphQL enums."""

from typing import Any

import strawberry

from inputs.dynamic_types import definition


def register_enum(enum: Any, name: str | None = None) -> Any:
    """Register a model enum with Strawberry, with the descriptions of its members, and return it."""
    if not hasattr(enum, "__strawberry_definition__"):
        strawberry.enum(enum, name=name, description=enum.__doc__)
        for value, member in zip(definition(enum).values, enum, strict=True):
            value.description = member.description
    return enum
