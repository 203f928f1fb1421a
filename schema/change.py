"""The change feed: type and query."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import strawberry

from executor import BatchedField
from inputs.changes import ChangeAction, ChangedType, ChangeWhere, nouns_of, type_of
from inputs.dynamic_types import list_of, optional_argument
from inputs.enums import register_enum
from models import AuditEntry
from models.log import LOG_ORDER
from models.scopes import Domain
from resolvers.changes import DEFAULT_CHANGES, MAX_CHANGES, build_filter, load_changed_objects, load_changes, object_id
from schema.arguments import parameter, with_signature
from schema.audit_entry import changed_fields
from schema.connection import PageInfo
from schema.cost import CHANGES_COST
from schema.derive import field_description, object_type
from schema.fields import batched_field, computed_field
from schema.node import Node
from schema.node_queries import NODE_TABLES
from schema.root_fields import root_field
from services.core.access import Access
from services.core.change_feed import encode_cursor

FIRST = optional_argument(int, f"The number of changes, from the oldest on: at most {MAX_CHANGES}.")
AFTER = optional_argument(str, "Return only changes after this cursor. Default: all that are retained.")
TYPES = optional_argument(list_of(ChangedType), "Return only changes of objects of these types. Default: all types.")
WHERE = optional_argument(ChangeWhere, "Return only changes that match this filter. Default: all changes.")


_PARAMETERS = (
    parameter("first", FIRST, DEFAULT_CHANGES),
    parameter("after", AFTER, None),
    parameter("types", TYPES, None),
    parameter("where", WHERE, None),
)


def _identity(page: Any) -> Any:
    return page


async def _load_objects(context: Any, changes: Any, _arguments: Any) -> Any:
    return await load_changed_objects(context, NODE_TABLES, changes)


def change_type(name: str, description: str, members: Mapping[str, Any]) -> Any:
    """A type for changes, with these fields in addition to what all changes have."""
    build = object_type(AuditEntry, "version", "request_id", "created_at", name=name, description=description)
    return build(type(name, (), _change_fields() | dict(members)))


def _change_fields() -> dict[str, Any]:
    id_description, names_description = (
        field_description(AuditEntry, name) for name in ("object_id", "changed_fields")
    )
    position = ("tenant", *LOG_ORDER, "created_at")
    return {
        "cursor": computed_field(encode_cursor, str, "The cursor of the change.", *position),
        "object_id": computed_field(object_id, strawberry.ID, id_description, "noun", "object_id"),
        "action": computed_field(_action, register_enum(ChangeAction), "What was done.", "action"),
        "changed_fields": computed_field(changed_fields, list[str], names_description, "changed_fields"),
    }


def _action(row: Any) -> ChangeAction:
    return ChangeAction[row.action.name]


Change = change_type(
    "Change",
    "A change of an object. It says what changed; `object` is the new state.",
    {
        "type": computed_field(type_of, ChangedType, "The type of the object.", "noun"),
        "object": batched_field(
            BatchedField(_load_objects),
            Node | None,
            "The object as it is now; null if it does not exist any more, or if you cannot see it.",
        ),
    },
)


@strawberry.type(description="A page of the change feed.")
class ChangeFeed:
    nodes = computed_field(attrgetter("rows"), list_of(Change), "The changes of this page, the oldest first.")
    page_info = computed_field(
        _identity,
        PageInfo,
        "The position of this page. Its `endCursor` is never null: follow from it. An empty page may have a next one.",
    )
    newest_cursor = computed_field(
        lambda page: page.newest.encode(),
        str,
        "The cursor after all changes until now. To synchronize, take it first, then load all objects, then follow.",
    )


async def changes(context: Any, after: Any = None, first: Any = None, types: Any = None, where: Any = None) -> Any:
    return await load_changes(context, after, first, build_filter(nouns_of(types), where))


@strawberry.type
class ChangeQueries:
    changes = root_field(
        with_signature(changes, parameter("context", Any), *_PARAMETERS),
        ChangeFeed,
        access=Access.MEMBER,
        domain=Domain.ANY,
        description="What changed in the current tenant, the oldest change first. A client that continues from "
        "`pageInfo.endCursor` receives every change exactly once. Members get the changes of what they may see.",
        cost=CHANGES_COST,
    )
