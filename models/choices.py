"""Enums whose members carry their description, and their column type."""

from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Enum


class Choice(StrEnum):
    """A closed set of values. Each member is written `NAME = "NAME", "What it means."`."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def choice_type(choice: type[Choice]) -> Any:
    """Stored by value as text with a CHECK, so that a new value is a plain migration on every engine."""
    return Enum(
        choice,
        name=choice.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=30,
        values_callable=lambda members: [member.value for member in members],
    )
