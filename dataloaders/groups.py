"""Loaders of aggregates: of a whole table, or of each parent's children."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from dataloaders.base import Loader, ValuesByKey
from models.relations import ToMany, get_model
from queries.calendar_units import UTC, UnknownTimeZone
from queries.groups import GroupQuery, empty_group, includes_empty_group, select_child_groups, select_groups

_INVALID_PARAMETER_VALUE = "22023"
"""PostgreSQL's SQLSTATE for a time zone that is not in its own list."""


@dataclass(frozen=True)
class Groups:
    """A page of groups, and whether there are more after it."""

    groups: list[Any]
    has_more: bool


def _build_groups(query: GroupQuery, fetched: list[Any]) -> Groups:
    return Groups(fetched[: query.first], len(fetched) > query.first)


@contextmanager
def _naming_unknown_zones(query: GroupQuery) -> Iterator[None]:
    """Raise UnknownTimeZone if PostgreSQL, which has a list of its own, does not know a time zone of the query."""
    try:
        yield
    except DBAPIError as error:
        zones = [key.zone for key in query.keys if key.zone != UTC]
        if getattr(error.orig, "sqlstate", None) == _INVALID_PARAMETER_VALUE and zones:
            raise UnknownTimeZone(next((zone for zone in zones if zone in str(error.orig)), zones[0])) from error
        raise


class GroupLoader(Loader[Groups]):
    """Loads groups of the rows of a table. The key is a dummy, as in dataloaders/lists.py."""

    spec: tuple[str, GroupQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Groups]:
        table, query = self.spec
        assert self.projection is not None  # noqa: S101
        with _naming_unknown_zones(query):
            rows = await self.fetch_rows(select_groups(get_model(table), query, self.projection))
        groups = _build_groups(query, list(rows))
        return {key.bytes: groups for key in keys}


class ChildGroupLoader(Loader[Groups]):
    """Loads groups of each parent's children."""

    spec: tuple[ToMany, GroupQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Groups]:
        relation, query = self.spec
        assert self.projection is not None  # noqa: S101
        with _naming_unknown_zones(query):
            rows = await self.fetch_rows(select_child_groups(relation, query, self.projection), keys=keys)
        self.row_count += len(rows)
        included = {parent: list(group) for parent, group in groupby(rows, itemgetter(0))}
        if query.having is not None and not query.keys:
            included = {parent: [row for row in group if row.is_included] for parent, group in included.items()}
        return {parent.bytes: _build_groups(query, group) for parent, group in included.items()}

    def default_value(self) -> Groups:
        """Return the groups of a parent without children."""
        query, names = self.spec[1], self.projection or ()
        is_included = not query.keys and (query.having is None or includes_empty_group(query.having))
        return _build_groups(query, [SimpleNamespace(**empty_group(names))][query.offset :] if is_included else [])
