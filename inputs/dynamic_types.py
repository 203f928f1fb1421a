"""Strawberry helpers for types that are known only at run time, which its static typing does not allow."""

from typing import Annotated, Any

import strawberry


def field(**options: Any) -> Any:
    """`strawberry.field` without its overloads."""
    return strawberry.field(**options)


def list_of(item_type: Any) -> Any:
    """The list type `[ItemType!]`."""
    return list[item_type]


def maybe(value_type: Any) -> Any:
    """The type of an optional input field: None if it was omitted, `Some(None)` if it is null."""
    return strawberry.Maybe[value_type]  # type: ignore[misc]


def optional_argument(value_type: Any, description: str) -> Any:
    """The annotation of an optional argument with a description; null means omitted."""
    return Annotated[value_type | None, strawberry.argument(description=description)]


def definition(cls: Any) -> Any:
    """Strawberry's definition of a type, input or enum."""
    return cls.__strawberry_definition__
