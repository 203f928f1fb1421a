"""Filter and order of sign-in events."""

from inputs.filter_parser import id_types
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import SignInEvent
from queries.filters import ALL_ROWS, Condition


@filter_input(
    SignInEvent,
    *("id", "user_id", "kind", "session_id", "api_key_id", "impersonator_id", "created_at", "last_at"),
    through=["user"],
    aliases={"user": "tenant_user"},
)
class SignInEventWhere: ...


SignInEventOrder = order_input(SignInEvent, "id", "kind", "created_at", "last_at")


def _accepts(prefix: str, expected: str) -> Condition | None:
    return ALL_ROWS if prefix == expected else None


id_types["sign_in_event", "session_id"] = lambda prefix: _accepts(prefix, "session")
id_types["sign_in_event", "impersonator_id"] = lambda prefix: _accepts(prefix, "user")
id_types["sign_in_event", "api_key_id"] = lambda prefix: _accepts(prefix, "api_key")
