"""Strawberry's building blocks where names and types are known only at run time: its own typing does not foresee it."""

from typing import Annotated, Any

import strawberry


def field(**options: Any) -> Any:
    """`strawberry.field`."""
    return strawberry.field(**options)


def list_of(kind: Any) -> Any:
    """`[Kind!]`."""
    return list[kind]


def maybe(kind: Any) -> Any:
    """An input field that may be omitted; None says that it was, so that null stays a value."""
    return strawberry.Maybe[kind]  # type: ignore[misc]


def annotated(kind: Any, description: str) -> Any:
    """An argument that may be null or omitted, described."""
    return Annotated[kind | None, strawberry.argument(description=description)]


def definition(cls: Any) -> Any:
    """What Strawberry knows of a type, input or enum."""
    return cls.__strawberry_definition__
