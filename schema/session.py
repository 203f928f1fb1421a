"""Session: type and authentication mutations."""

import datetime
from typing import Any

import strawberry

from inputs.dynamic_types import field
from models import Session
from resolvers import session
from schema.arguments import INFO, PARENT, with_signature
from schema.connection import connection_type
from schema.derive import lazy_type, object_type
from schema.impersonation import session_impersonation_field
from schema.mutations import (
    TransactionRefusal,
    mutation,
    payload_field,
    row_mutation,
    unit_of_work_mutation,
)
from schema.node import Node
from schema.relations import to_one
from schema.requirements import require
from schema.sign_in_event import device_field
from services.core.access import Access


def _resolve_is_current(root: Any, info: Any) -> bool:
    return session.is_current(info.context, root)


@object_type(
    Session,
    *("id", "created_at", "updated_at", "version", "last_used_at", "expires_at", "user_agent", "address"),
)
class SessionType(Node):
    user = to_one(Session, "user")
    device = device_field()
    impersonation = session_impersonation_field()
    is_current = field(
        resolver=with_signature(_resolve_is_current, PARENT, INFO),
        graphql_type=bool,
        description="Whether it is the session of this request.",
    )


SessionConnection = connection_type("session")


def session_fields() -> dict[str, Any]:
    """The payload fields of a mutation that signs a user in."""
    return {
        "access_token": payload_field(
            str, lambda tokens: tokens.access_token, "The access token, to send as `Authorization: Bearer …`."
        ),
        "refresh_token": payload_field(
            str | None,
            lambda tokens: tokens.refresh_token,
            "The refresh token, to exchange once for new tokens before the access token expires; null if it is in a "
            "cookie.",
        ),
        "expires_at": payload_field(
            datetime.datetime,
            lambda tokens: tokens.access_expires_at,
            "When the access token expires. Refresh the session shortly before.",
        ),
        "refresh_expires_at": payload_field(
            datetime.datetime,
            lambda tokens: tokens.expires_at,
            "When the session expires, and with it the refresh token. Refreshing does not extend it.",
        ),
        "user": payload_field(lazy_type("user"), lambda tokens: tokens.user, "The signed-in user."),
    }


def done_field(description: str) -> dict[str, Any]:
    """The payload field of a mutation that returns no object."""
    return {"done": payload_field(bool, bool, description)}


@strawberry.type
class SessionMutations:
    login = mutation(
        session.login,
        session_fields(),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Sign in with an email address and a password. A user with a second factor also needs a code: "
        "without one, the user error is `SECOND_FACTOR_REQUIRED`.",
    )
    refresh_session = mutation(
        session.refresh_session,
        session_fields(),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Exchange a refresh token for new tokens. Without `input`, the cookie's token is used. Within "
        "ten seconds of its first use, a token yields the same next token again; later reuse ends the session.",
    )
    logout = mutation(
        session.logout,
        done_field("True if the session has ended."),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.CHANGES_COOKIES,
        description="End the session of the refresh token; without one, that of the cookie or of the access token.",
    )
    logout_everywhere = mutation(
        session.logout_everywhere,
        done_field("True if all sessions have ended."),
        access=Access.USER,
        refusal=TransactionRefusal.CHANGES_COOKIES,
        description="End all sessions of the signed-in user, including the current one.",
    )
    revoke_other_sessions = unit_of_work_mutation(
        session.revoke_other_sessions,
        done_field("True if all other sessions have ended."),
        required=require(Access.USER, None),
        description="End all sessions of the signed-in user, except the current one.",
    )
    revoke_session = row_mutation(
        "session", session.revoke_session, access=Access.USER, description="End one session of the signed-in user."
    )
