"""Makes the objects of a place: of rows that are laid out in a known way by code made for their class."""

from collections.abc import Collection, Sequence
from typing import Any

from executor.code import Assemble, Part, object_code
from executor.layouts import UNKNOWN, layout_of

MOST_CLASSES = 8
"""So many classes of rows get code of their own at one place."""


class Assembly:
    """The generated code of a place, for any parents, and for those of one class."""

    def __init__(self, parts: Sequence[tuple[str, Part]]) -> None:
        self._parts = parts
        self.source, self._general = object_code(parts, UNKNOWN)
        self._special: dict[type, Assemble] = {}

    def __call__(self, parents: Collection[Any], *given: Any) -> list[dict[str, Any]]:
        """An object a parent; `given` has a list of results for each field that is not read off the parents."""
        return self._for(set(map(type, parents)))(parents, *given)

    def _for(self, kinds: set[type]) -> Assemble:
        if len(kinds) != 1:
            return self._general
        (kind,) = kinds
        return self._special.get(kind) or self._learnt(kind)

    def _learnt(self, kind: type) -> Assemble:
        layout = layout_of(kind)
        if not layout or len(self._special) == MOST_CLASSES:
            return self._general
        _, self._special[kind] = object_code(self._parts, layout)
        return self._special[kind]
