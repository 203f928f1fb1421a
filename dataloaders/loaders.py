"""The loaders of one request, created on first use."""

from typing import Any, TypeVar

from database.reader import Reader
from dataloaders.base import Loader
from queries.lists import Projection

LoaderType = TypeVar("LoaderType", bound=Loader[Any])


class Loaders:
    """A registry with one loader per class and spec, so that equal requests of sibling fields become one batch.

    A loader loads the columns of its first request. A request for further columns gets an additional loader, so that no
    row lacks a requested column.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._loaders: dict[tuple[type, Any], list[Loader[Any]]] = {}

    def get(self, loader_class: type[LoaderType], spec: Any, projection: Projection = None) -> LoaderType:
        """Return the loader of this class for a spec (such as a table, or a relation and a page query) and columns."""
        loaders = self._loaders.setdefault((loader_class, spec), [])
        for loader in loaders:
            if loader.projection is None or (projection is not None and projection <= loader.projection):
                return loader  # type: ignore[return-value]
        new_loader = loader_class(self.reader, spec, projection)
        loaders.append(new_loader)
        return new_loader

    def trim(self) -> None:
        """Discard the values of loaders that have many, after a part of a large operation: few of them are needed
        again, and together they could take much memory."""
        for loaders in self._loaders.values():
            for loader in loaders:
                loader.trim()

    def clear(self) -> None:
        """Discard all loaders and their values, after a write."""
        self._loaders.clear()
