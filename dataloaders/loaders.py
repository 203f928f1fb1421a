"""The loaders of one request, made when first asked for."""

from typing import Any, TypeVar

from dataloaders.base import Loader
from queries.lists import Columns
from queries.reader import Reader

Kind = TypeVar("Kind", bound=Loader[Any])


class Loaders:
    """One loader for each kind and what it is about, so that equal questions of siblings become one batch. Loaders of
    rows load the columns that were wanted first; who wants others gets a loader beside it, so that nobody is handed a
    row without a column."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._made: dict[tuple[type, Any], list[Loader[Any]]] = {}

    def get(self, kind: type[Kind], about: Any, columns: Columns = None) -> Kind:
        """The loader of this kind about a table, or about a relation and what is asked of it, of these columns."""
        made = self._made.setdefault((kind, about), [])
        for loader in made:
            if loader.columns is None or (columns is not None and columns <= loader.columns):
                return loader  # type: ignore[return-value]
        new = kind(self.reader, about, columns)
        made.append(new)
        return new

    def clear(self) -> None:
        """Forget everything loaded: something has changed."""
        self._made.clear()
