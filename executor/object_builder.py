"""Builds the response objects of a selection, with a function of its own for each row class that declares a layout.

A row class declares its layout by the attribute `__layout__`: for each attribute the index of its column in the row,
and the attribute's value for each stored value where the two differ, as for the members of an enum. Reading the
attribute and reading the column must have the same result; reading the column is faster."""

from collections.abc import Collection, Sequence
from typing import Any

from executor.object_codegen import (
    NO_LAYOUT,
    BuildFunction,
    ConstantEntry,
    Entry,
    InlineEntry,
    Layout,
    generate_object_builder,
)

MAX_ROW_CLASSES = 8
"""The maximum number of classes whose function is remembered, per selection."""


class ObjectBuilder:
    """The generated functions of a selection: for any parents, and for the parents of a single row class."""

    def __init__(self, entries: Sequence[tuple[str, Entry]]) -> None:
        self._entries = entries
        self.is_constant = all(isinstance(entry, ConstantEntry) for _, entry in entries)
        """Whether the objects do not depend on their parents."""
        self.reads_parents = any(isinstance(entry, InlineEntry) for _, entry in entries)
        """Whether the objects contain leaves that are read off their parents."""
        self.source, self._generic = generate_object_builder(entries, NO_LAYOUT)
        self._specialized: dict[type, BuildFunction] = {}

    def __call__(self, parents: Collection[Any], *completed: Any) -> list[dict[str, Any]]:
        """Return an object per parent; `completed` has a list of results for each field that is not built inline."""
        classes = set(map(type, parents)) if self.reads_parents else ()
        if len(classes) != 1:
            return self._generic(parents, *completed)
        (class_,) = classes
        build = self._specialized.get(class_) or self._specialize(class_)
        return build(parents, *completed)

    def _specialize(self, class_: type) -> BuildFunction:
        layout: Layout = getattr(class_, "__layout__", NO_LAYOUT)
        if len(self._specialized) == MAX_ROW_CLASSES:
            return self._generic
        _, build = generate_object_builder(self._entries, layout) if layout else ("", self._generic)
        self._specialized[class_] = build
        return build
