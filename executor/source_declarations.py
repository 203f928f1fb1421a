"""Declarations of sources: what the fields of the schema read, stored in the extensions of fields and of input fields.

A source is a name, such as that of a table. The executor collects the names, without knowing what they stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCES_EXTENSION = "sources"

Sources = frozenset[str]
NO_SOURCES: Sources = frozenset()


@dataclass(frozen=True)
class FieldSources:
    """What a field reads, apart from the fields of its selection. The extension of an output field.

    `by_argument` contains functions of the values of arguments, which are not coerced. Each returns what the field
    also reads with this value, or None if that is not known. It is not called for omitted arguments.

    The extension of an input field is only a set of names: what the field of the argument also reads with it."""

    names: Sources = NO_SOURCES
    by_argument: Mapping[str, Callable[[Any], Sources | None]] = field(default_factory=dict)
