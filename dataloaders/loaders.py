"""The loaders of one request, made when first asked for."""

from typing import Any, TypeVar

from dataloaders.base import Loader
from queries.reader import Reader

Kind = TypeVar("Kind", bound=Loader[Any])


class Loaders:
    """One loader for each kind and what it is about, so that equal questions of siblings become one batch."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._made: dict[tuple[type, Any], Loader[Any]] = {}

    def get(self, kind: type[Kind], about: Any) -> Kind:
        """The loader of this kind about a table, or about a relation and what is asked of it."""
        loader = self._made.get((kind, about))
        if loader is None:
            loader = self._made[kind, about] = kind(self.reader, about)
        return loader  # type: ignore[return-value]

    def clear(self) -> None:
        """Forget everything loaded: something has changed."""
        self._made.clear()
