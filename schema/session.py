"""Sessions in the contract: signing in, staying signed in, and signing out."""

from typing import Any

import strawberry

from models import Session
from resolvers import session
from schema.arguments import INFO, PARENT, signed
from schema.connection import connection_of
from schema.derive import shows, type_of
from schema.inputs.build import field
from schema.mutations import changes, mutation, shown
from schema.node import Node
from schema.relations import one
from services.access import Access


def _is_current(root: Any, info: Any) -> bool:
    return session.is_current(info.context, root)


@shows(
    Session,
    *("id", "created_at", "updated_at", "version", "last_used_at", "expires_at", "user_agent", "address"),
)
class SessionType(Node):
    user = one(Session, "user")
    is_current = field(
        resolver=signed(_is_current, PARENT, INFO),
        graphql_type=bool,
        description="Whether it is the one that this request belongs to.",
    )


SessionConnection = connection_of("session")


def signed_in() -> dict[str, Any]:
    """What a mutation answers that signs somebody in."""
    return {
        "access_token": shown(str, lambda begun: begun.access_token, "Send it as `Authorization: Bearer …`."),
        "refresh_token": shown(
            str | None,
            lambda begun: begun.refresh_token,
            "Exchange it for the next tokens before the access token expires; it works once. Null if in a cookie.",
        ),
        "user": shown(type_of("user"), lambda begun: begun.user, "Whoever is signed in."),
    }


def done(description: str) -> dict[str, Any]:
    """What a mutation answers that has nothing to show."""
    return {"done": shown(bool, bool, description)}


@strawberry.type
class SessionMutations:
    login = mutation(
        session.login,
        signed_in(),
        allows=Access.PUBLIC,
        secret=True,
        description="Sign in with e-mail address and password.",
    )
    refresh_session = mutation(
        session.refresh_session,
        signed_in(),
        allows=Access.PUBLIC,
        secret=True,
        description="Stay signed in: exchange a refresh token for the next tokens. Without `input`, the cookie's."
        " A token that comes back after its use ends the session; within ten seconds it is a CONFLICT instead.",
    )
    logout = mutation(
        session.logout,
        done("True once the session has ended."),
        allows=Access.PUBLIC,
        description="End a session: that of the refresh token, or without one that of the cookie or the access token.",
    )
    logout_everywhere = mutation(
        session.logout_everywhere,
        done("True once all have ended."),
        allows=Access.USER,
        description="End all of one's sessions, this one as well.",
    )
    revoke_session = changes(
        "session", session.revoke_session, allows=Access.USER, description="End one of one's sessions."
    )
