"""The tables whose changes can be noticed: what tells that their rows, as far as a tenant reads them, have changed.

Mostly it is the change feed, in which every change of an audited row is an entry with the type of the object."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from models import (
    Account,
    ApiKey,
    AuditEntry,
    Event,
    LedgerEntry,
    Order,
    Product,
    Snapshot,
    Tenant,
    Transfer,
    User,
    Webhook,
)
from models.relations import list_models
from services.core.audit_values import is_audited, link_ends

NOT_FOLLOWED = {
    ApiKey.__tablename__: "the time of the last use is not recorded as a change",
    Webhook.__tablename__: "the times of the last success and failure are not recorded as changes",
}
"""Audited tables whose changes cannot all be noticed, each with the reason."""


_NOUNS_WITH_EVENTS = frozenset(model.__name__ for model in (Account, Order, Product))
"""The types whose objects have streams of events."""


@dataclass(frozen=True)
class Followed:
    """What must stay the same so that rows do not change."""

    nouns: frozenset[str] = frozenset()
    """The newest entry of these types in the tenant's audit."""
    every_noun: bool = False
    """The newest entry of the tenant's audit."""
    events: bool = False
    """The newest event of the tenant."""
    users: bool = False
    """The versions of the tenant's members."""

    def __or__(self, other: "Followed") -> "Followed":
        return Followed(
            self.nouns | other.nouns,
            self.every_noun or other.every_noun,
            self.events or other.events,
            self.users or other.users,
        )


@cache
def followed_tables() -> dict[str, Followed]:
    """Return what tells about changes of a table, by the names of the tables for which there is something."""
    models = {str(model.__tablename__): model for model in list_models()}
    audited = {name: model for name, model in models.items() if is_audited(model) and name not in NOT_FOLLOWED}
    return {name: Followed(_nouns_of(model)) for name, model in audited.items()} | {
        str(AuditEntry.__tablename__): Followed(every_noun=True),
        str(Event.__tablename__): Followed(_NOUNS_WITH_EVENTS, events=True),
        str(Snapshot.__tablename__): Followed(_NOUNS_WITH_EVENTS, events=True),  # derived from the events
        str(LedgerEntry.__tablename__): Followed(frozenset({Transfer.__name__})),  # written together
        str(User.__tablename__): Followed(users=True),
    }


def _nouns_of(model: Any) -> frozenset[str]:
    """Return the types of the entries for a row of a table: of a link, the types of its ends."""
    ends = link_ends(model)
    return frozenset(end.model.__name__ for end in ends) if ends else frozenset({model.__name__})


@cache
def follow(tables: frozenset[str]) -> Followed:
    """Return what tells about changes of these tables, all of which are followed. The tenant's own entries are always
    among it: pruning adds one, after which an older entry of another type may be its newest."""
    found = Followed(frozenset({Tenant.__name__}))
    for table in tables:
        found |= followed_tables()[table]
    return found


def are_followed(tables: Iterable[str]) -> bool:
    """Return whether changes of all these tables can be noticed."""
    return followed_tables().keys() >= set(tables)
