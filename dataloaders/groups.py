"""Loaders of aggregates: of a whole table, or of each parent's children."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from dataloaders.base import Loader, ValuesByKey
from models.relations import HasMany, ManyToMany, get_model
from queries.groups import GroupQuery, empty_group, includes_empty_group, select_child_groups, select_groups


@dataclass(frozen=True)
class Groups:
    """A page of groups, and whether there are more after it."""

    groups: list[Any]
    has_more: bool


def _build_groups(query: GroupQuery, fetched: list[Any]) -> Groups:
    return Groups(fetched[: query.first], len(fetched) > query.first)


class GroupLoader(Loader[Groups]):
    """Loads groups of the rows of a table. The key is a dummy, as in dataloaders/lists.py."""

    spec: tuple[str, GroupQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Groups]:
        table, query = self.spec
        assert self.projection is not None  # noqa: S101
        rows = await self.fetch_rows(select_groups(get_model(table), query, self.projection))
        groups = _build_groups(query, list(rows))
        return {key.bytes: groups for key in keys}


class ChildGroupLoader(Loader[Groups]):
    """Loads groups of each parent's children."""

    spec: tuple[HasMany | ManyToMany, GroupQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Groups]:
        relation, query = self.spec
        assert self.projection is not None  # noqa: S101
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
