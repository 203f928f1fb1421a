"""The subscriptions: the change feed as it grows, and the changes of one type with their objects."""

from collections.abc import Mapping
from typing import Any

import strawberry

from executor import BatchedField
from inputs.changes import nouns_of
from inputs.dynamic_types import optional_argument
from inputs.nouns import capitalized, plural, singular, type_name, with_article
from models.relations import get_model
from models.scopes import Domain, Scope
from queries.scope import is_for_admins
from queries.table_domains import scope_of_table
from resolvers.changes import ChangeSelection, load_changed_objects, select_changes, select_changes_of
from schema.arguments import parameter
from schema.change import TYPES, WHERE, Change, change_type
from schema.derive import lazy_type
from schema.fields import batched_field
from schema.node_queries import NODE_TABLES
from schema.requirements import require
from schema.stream_fields import stream_field
from services.core.access import Access
from services.core.audit_values import is_audited

AFTER = optional_argument(
    str,
    "Begin with the changes after this cursor, of a change or of the query `changes`. Default: with the next change.",
)


def _select(arguments: Mapping[str, Any]) -> ChangeSelection:
    return select_changes(arguments.get("after"), nouns_of(arguments.get("types")), arguments.get("where"))


def _changes_field() -> Any:
    return stream_field(
        _select,
        Change,
        [parameter("after", AFTER, None), parameter("types", TYPES, None), parameter("where", WHERE, None)],
        required=require(Access.MEMBER, Scope(Domain.ANY)),
        description="The changes of the current tenant from now on, or after a cursor: a client that stores the last "
        "`cursor` and continues from it receives every change exactly once. Members get those of what they may see.",
    )


def _changed_field(table: str) -> Any:
    """The subscription to the changes of one type."""
    noun = singular(table)
    id_argument = optional_argument(strawberry.ID, f"Only changes of the {noun} with this id.")

    def select(arguments: Mapping[str, Any]) -> ChangeSelection:
        return select_changes_of(get_model(table), arguments.get("id"), arguments.get("after"))

    return stream_field(
        select,
        _change_type_of(table),
        [parameter("id", id_argument, None), parameter("after", AFTER, None)],
        required=require(_access(table), scope_of_table(table)),
        description=f"The changes of {plural(table)}, each with the {noun} as it is then.",
    )


def _change_type_of(table: str) -> Any:
    async def load(context: Any, changes: Any, _arguments: Any) -> Any:
        return await load_changed_objects(context, {table: NODE_TABLES[table]}, changes)

    description = f"The {singular(table)} as it is now; null if it does not exist any more, or if you cannot see it."
    members = {table: batched_field(BatchedField(load), lazy_type(table) | None, description)}
    name, article = f"{type_name(table)}Change", with_article(singular(table))
    return change_type(name, f"{capitalized('a change of ')}{article}.", members)


def _access(table: str) -> Access:
    """Return the access of `node`, but of admins for changes that no member may see."""
    access = NODE_TABLES[table]
    return Access.ADMIN if access is Access.MEMBER and is_for_admins(get_model(table).__name__) else access


FOLLOWED_TABLES = tuple(sorted(table for table in NODE_TABLES if is_audited(get_model(table))))
"""Every type that the change feed contains has a subscription."""
_FIELDS = {"changes": _changes_field()} | {f"{table}_changed": _changed_field(table) for table in FOLLOWED_TABLES}
ChangeSubscriptions = strawberry.type(type("ChangeSubscriptions", (), _FIELDS))
