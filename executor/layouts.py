"""Rows that say how they are laid out, so that generated code finds their columns by place.

The class of such rows has the attribute `__layout__`: attributes by name, each with its place in the row, and what the
values there stand for where the attribute is something else, as the members of an enum are. To read the attribute and
to read the place is the same, but for the time it takes."""

from collections.abc import Mapping
from typing import Any

Layout = Mapping[str, tuple[int, Mapping[Any, Any] | None]]
UNKNOWN: Layout = {}


def layout_of(kind: type) -> Layout:
    """Where the columns of a class's rows lie, as far as it says."""
    found: Layout = getattr(kind, "__layout__", UNKNOWN)
    return found
