"""The change feed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.ids import parse_id, public_id
from queries.filters import Compare
from queries.scope import readable_nouns
from resolvers.context import Context
from resolvers.node import load_node
from services.core.access import Access
from services.core.audit_values import prefix_of_noun
from services.core.change_feed import ChangePage, ChangeRequest, read_changes
from services.core.change_filter import EVERY_CHANGE, ChangeFilter
from services.core.errors import BadInput

DEFAULT_CHANGES = 100
MAX_CHANGES = 100
"""As many as other pages have, because the objects of all changes of a page may be loaded."""


@dataclass(frozen=True)
class ChangeSelection:
    """Which changes a subscription receives: after this cursor, or from now on."""

    after: str | None
    filter: ChangeFilter


async def load_changes(context: Context, after: str | None, first: int | None, where: ChangeFilter) -> ChangePage:
    """Load a page of changes that the principal may see."""
    size = DEFAULT_CHANGES if first is None else first
    if not 1 <= size <= MAX_CHANGES:
        raise BadInput(f"`first` must be between 1 and {MAX_CHANGES}.")
    scopes = context.reader.known_principal.scopes
    if scopes is not None:
        where &= ChangeFilter.of_nouns(readable_nouns(scopes))
    request = ChangeRequest(size, after, where, context.services.changes_retention)
    return await read_changes(context.reader, request)


def build_filter(nouns: Sequence[str] | None, where: ChangeFilter | None) -> ChangeFilter:
    """Return the filter of the arguments `types` and `where`."""
    if nouns is not None and not nouns:
        raise BadInput("`types` is empty. Pass at least one type, or omit it.")
    of_types = EVERY_CHANGE if nouns is None else ChangeFilter.of_nouns(nouns)
    return of_types & (where or EVERY_CHANGE)


def select_changes(after: str | None, nouns: Sequence[str] | None, where: ChangeFilter | None) -> ChangeSelection:
    """Return the selection of the subscription `changes`."""
    return ChangeSelection(after, build_filter(nouns, where))


def select_changes_of(model: Any, id: str | None, after: str | None) -> ChangeSelection:
    """Return the selection of a subscription to one type, or to one object of it."""
    of_type = ChangeFilter.of_nouns([model.__name__])
    if id is not None:
        of_type &= ChangeFilter(Compare("object_id", "in", (parse_id(model.__tablename__, id),)))
    return ChangeSelection(after, of_type)


async def load_changed_objects(context: Context, tables: Mapping[str, Access], changes: Sequence[Any]) -> list[Any]:
    """Load the objects of the changes as they are now; null for those that do not exist, or are not visible."""
    return await asyncio.gather(*(load_node(context, tables, object_id(change)) for change in changes))


def object_id(entry: Any) -> str:
    """Return the id of the object that a change or an audit entry belongs to."""
    return public_id(prefix_of_noun(entry.noun), entry.object_id)
