"""Sign-in event: type and query."""

from typing import Any

import strawberry

from models import SignInEvent
from models.ids import public_id
from resolvers.sign_in_event import sign_in_events
from schema.connection import connection_type
from schema.derive import field_description, object_type
from schema.fields import computed_field
from schema.impersonation import impersonator_id_field, impersonator_name_field
from schema.node import Node
from schema.relations import to_one
from schema.root_fields import list_field
from services.core.access import Access
from services.people.device_names import name_device

DEVICE = (
    "The browser or program and the operating system that the User-Agent names, such as `Firefox on Linux`; null if "
)
DEVICE += "it names none."


def device_field() -> Any:
    """A field with the name of the device that a User-Agent belongs to."""
    return computed_field(lambda row: name_device(row.user_agent), str | None, DEVICE, "user_agent")


def _id_field(table: str, column: str) -> Any:
    def to_public(row: Any) -> str | None:
        id = getattr(row, column)
        return None if id is None else public_id(table, id)

    return computed_field(to_public, strawberry.ID | None, field_description(SignInEvent, column), column)


@object_type(
    SignInEvent, "id", "kind", "address", "user_agent", "detail", "expires_at", "count", "created_at", "last_at"
)
class SignInEventType(Node):
    user = to_one(SignInEvent, "user")
    session_id = _id_field("session", "session_id")
    api_key_id = _id_field("api_key", "api_key_id")
    impersonator_id = impersonator_id_field(field_description(SignInEvent, "impersonator_id"))
    impersonator_name = impersonator_name_field()
    device = device_field()


SignInEventConnection = connection_type("sign_in_event")


@strawberry.type
class SignInEventQueries:
    sign_in_events = list_field(
        "sign_in_event",
        resolver=sign_in_events,
        access=Access.OWNER_USER_ONLY,
        description="What happened to the sessions, passwords and API keys of the members of the current tenant. An "
        "event belongs to the tenant that its request named, or to the only tenant of its user.",
    )
