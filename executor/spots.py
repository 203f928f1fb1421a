"""Where in the answer the values of a level lie. Most operations never ask, so it is worked out only when asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

if TYPE_CHECKING:
    from executor.plan import Field
    from executor.run import Run


class Spots:
    """A path a value, and the info of the field that it came from."""

    stored = False
    """Whether the values belong to their parents, which would be used up along with them."""

    def paths(self) -> Sequence[Path | None]:
        """The path of each value."""
        raise NotImplementedError

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        """The info of the field that each value came from."""
        raise NotImplementedError


class RootSpot(Spots):
    """Where the root value lies: nowhere."""

    def paths(self) -> Sequence[Path | None]:
        return (None,)


class FieldSpots(Spots):
    """Values of one field, one a parent."""

    def __init__(self, run: "Run", field: "Field", parents: Spots) -> None:
        self._run = run
        self._field = field
        self._parents = parents
        self._paths: list[Path | None] | None = None
        self._infos: list[GraphQLResolveInfo[Any]] | None = None

    def paths(self) -> Sequence[Path | None]:
        if self._paths is None:
            key, name = self._field.key, self._field.parent.name
            self._paths = [Path(path, key, name) for path in self._parents.paths()]
        return self._paths

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        if self._infos is None:
            self._infos = [self._run.info(self._field, path) for path in self.paths()]
        return self._infos


class GivenSpot(Spots):
    """One value that graphql-core has got, and would need again."""

    stored = True

    def __init__(self, path: Path, info: GraphQLResolveInfo[Any]) -> None:
        self._path = path
        self._info = info

    def paths(self) -> Sequence[Path | None]:
        return (self._path,)

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        return (self._info,)


class ItemSpots(Spots):
    """The items of lists, one list after the other."""

    def __init__(self, of: Spots, lists: Sequence[Sequence[Any]]) -> None:
        self._of = of
        self._lists = lists
        self.stored = of.stored
        self._paths: list[Path | None] | None = None

    def paths(self) -> Sequence[Path | None]:
        if self._paths is None:
            pairs = zip(self._of.paths(), self._lists, strict=True)
            self._paths = [Path(path, index, None) for path, items in pairs for index in range(len(items))]
        return self._paths

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        return [info for info, items in zip(self._of.infos(), self._lists, strict=True) for _ in items]


class SomeSpots(Spots):
    """Some of the values: those that are not null, or those of one type."""

    def __init__(self, of: Spots, chosen: Sequence[int]) -> None:
        self._of = of
        self._chosen = chosen
        self.stored = of.stored

    def paths(self) -> Sequence[Path | None]:
        paths = self._of.paths()
        return [paths[index] for index in self._chosen]

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        infos = self._of.infos()
        return [infos[index] for index in self._chosen]
