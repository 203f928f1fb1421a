"""The order of a list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from models.relations import BelongsTo, ToMany


class Direction(StrEnum):
    """The direction in which a column is sorted."""

    ASC = "ASC"
    DESC = "DESC"

    @property
    def opposite(self) -> "Direction":
        return Direction.DESC if self is Direction.ASC else Direction.ASC


class Nulls(StrEnum):
    """The position of rows whose value is null."""

    FIRST = "FIRST"
    LAST = "LAST"

    @property
    def opposite(self) -> "Nulls":
        return Nulls.LAST if self is Nulls.FIRST else Nulls.FIRST


@dataclass(frozen=True)
class Sort:
    """One value that rows are sorted by: a column, a column of the row that a path of relations leads to, or the number
    of related rows. `column` is empty for a number."""

    column: str
    direction: Direction = Direction.ASC
    nulls: Nulls = Nulls.LAST
    path: tuple[BelongsTo, ...] = ()
    counted: ToMany | None = None

    @property
    def reversed(self) -> "Sort":
        return replace(self, direction=self.direction.opposite, nulls=self.nulls.opposite)

    @property
    def is_related(self) -> bool:
        """Whether the value is not a column of the row itself."""
        return bool(self.path) or self.counted is not None

    @property
    def value(self) -> "Sort":
        """What rows are sorted by, without the direction."""
        return Sort(self.column, path=self.path, counted=self.counted)


Order = tuple[Sort, ...]
NEWEST_FIRST: Order = (Sort("id", Direction.DESC),)


def with_tiebreaker(sorts: Sequence[Sort]) -> Order:
    """Return a total order: drop repeated values and append the id, in the direction of the last value."""
    if not sorts:
        return NEWEST_FIRST
    unique: dict[Sort, Sort] = {}
    for sort in sorts:
        unique.setdefault(sort.value, sort)
    order = tuple(unique.values())
    return order if Sort("id") in unique else (*order, Sort("id", order[-1].direction))


def value_names(order: Order) -> list[str]:
    """Return the names that the values of an order have in the rows of a page."""
    return [f"sort_{index}" if sort.is_related else sort.column for index, sort in enumerate(order)]
