"""The positions of values in the response. Paths and infos are computed only when a resolver needs them."""

from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path, gather_with_cancel
from graphql.pyutils import is_awaitable as core_is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from executor.execution import Execution
from executor.plan import Field
from executor.types import Positions


class RootPosition(Positions):
    """The position of the root value, which has no path."""

    is_encodable = False

    def paths(self) -> Sequence[Path | None]:
        return (None,)


class FieldPositions(Positions):
    """The positions of one field's values, one per parent."""

    _paths: list[Path | None] | None = None
    _infos: list[GraphQLResolveInfo[Any]] | None = None

    def __init__(self, execution: Execution, field: Field, parents: Positions) -> None:
        self._execution = execution
        self._field = field
        self._parents = parents

    def add_bytes(self, size: int) -> None:
        self.encoded_bytes += size
        self._parents.add_bytes(size)

    def paths(self) -> Sequence[Path | None]:
        if self._paths is None:
            key, type_name = self._field.response_key, self._field.parent_type.name
            self._paths = [Path(path, key, type_name) for path in self._parents.paths()]
        return self._paths

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        if self._infos is None:
            self._infos = [build_info(self._execution, self._field, path) for path in self.paths()]
        return self._infos


def build_info(execution: Execution, field: Field, path: Path | None) -> GraphQLResolveInfo[Any]:
    """Return what graphql-core would pass to the field's resolver."""
    operation = execution.operation
    return GraphQLResolveInfo(
        field.nodes[0].name.value,
        field.nodes,
        field.definition.type,
        field.parent_type,
        path,  # type: ignore[arg-type]  # a field always has a path
        execution.schema,
        operation.fragment_definitions,
        execution.root_value,
        operation.definition,
        execution.variables,
        execution.context,
        core_is_awaitable,
        None,
        # created for each info: an attribute of the execution would form a reference cycle
        GraphQLResolveInfoHelpers(gather=_gather, track=execution.track_background_work),
    )


class RootFieldPosition(Positions):
    """The position of the value of a mutation's root field, which graphql-core resolved and needs for the fallback."""

    needed_for_fallback = True

    def __init__(self, path: Path, info: GraphQLResolveInfo[Any]) -> None:
        self._path = path
        self._info = info

    def paths(self) -> Sequence[Path | None]:
        return (self._path,)

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        return (self._info,)


class ItemPositions(Positions):
    """The positions of the items of lists, one list after the other."""

    def __init__(self, list_positions: Positions, lists: Sequence[Sequence[Any]]) -> None:
        self._list_positions = list_positions
        self._lists = lists
        self.needed_for_fallback = list_positions.needed_for_fallback
        self._paths: list[Path | None] | None = None

    def add_bytes(self, size: int) -> None:
        self._list_positions.add_bytes(size)

    def paths(self) -> Sequence[Path | None]:
        if self._paths is None:
            pairs = zip(self._list_positions.paths(), self._lists, strict=True)
            self._paths = [Path(path, index, None) for path, items in pairs for index in range(len(items))]
        return self._paths

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        return [info for info, items in zip(self._list_positions.infos(), self._lists, strict=True) for _ in items]


class PositionSubset(Positions):
    """The positions of some of the values: those that are not null, or those of one type."""

    def __init__(self, positions: Positions, indexes: Sequence[int]) -> None:
        self._positions = positions
        self._indexes = indexes
        self.needed_for_fallback = positions.needed_for_fallback

    def add_bytes(self, size: int) -> None:
        self._positions.add_bytes(size)

    def paths(self) -> Sequence[Path | None]:
        paths = self._positions.paths()
        return [paths[index] for index in self._indexes]

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        infos = self._positions.infos()
        return [infos[index] for index in self._indexes]


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)
