"""The models' choices as GraphQL enums."""

from typing import Any

import strawberry

from schema.inputs.build import definition


def published(choice: Any, name: str | None = None) -> Any:
    """The choice itself, known to Strawberry from now on, described in its own words."""
    if not hasattr(choice, "__strawberry_definition__"):
        strawberry.enum(choice, name=name, description=choice.__doc__)
        for value, member in zip(definition(choice).values, choice, strict=True):
            value.description = member.description
    return choice
