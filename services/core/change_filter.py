"""Filters of changes, for the change feed and for all that follow it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from queries.change_filter import ListParameters, Predicate, build_predicate
from queries.filters import ALL_ROWS, And, Compare, Condition


@dataclass(frozen=True)
class ChangeFilter:
    """Which changes a follower receives, of those that it may see.

    `matches` and the statement of the feed select the same changes: a follower may read its own pages, or pick its
    changes from rows that were read for many followers.
    """

    condition: Condition = ALL_ROWS
    """On the columns `noun`, `object_id`, `action` and `changed_fields`, which every row has as attributes."""

    @classmethod
    def of_nouns(cls, nouns: Iterable[str]) -> "ChangeFilter":
        """Return the filter for changes of objects of these types."""
        return cls(Compare("noun", "in", tuple(sorted(set(nouns)))))

    def matches(self, row: Any) -> bool:
        """Return whether a change matches the filter: a row of the feed, or any object with the columns."""
        return self._predicate(row)

    @cached_property
    def _predicate(self) -> Predicate:
        return build_predicate(self.condition)

    def __and__(self, other: "ChangeFilter") -> "ChangeFilter":
        """Return the filter for changes that match both."""
        filters = (self, other)
        return ChangeFilter(And(tuple(part.condition for part in filters if part.condition != ALL_ROWS)))

    def split(self) -> tuple[Condition, Mapping[str, Any]]:
        """Return the condition with parameters instead of values, and the values of the parameters."""
        parameters = ListParameters()
        return parameters.replace_values(self.condition), parameters.values


EVERY_CHANGE = ChangeFilter()
