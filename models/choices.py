"""Enums whose members carry a description, and the column type that stores them."""

from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Enum


class Choice(StrEnum):
    """An enum whose members are declared as `NAME = "NAME", "Description."`."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def choice_type(choices: type[Choice]) -> Any:
    """Return a column type that stores the value as text with a CHECK, so that adding a value is a plain migration."""
    return Enum(
        choices,
        name=choices.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=30,
        values_callable=lambda members: [member.value for member in members],
    )
