"""Linked issuer: type, and mutations of sign-in with ID tokens."""

from typing import Any

import strawberry

from models import LinkedIssuer
from resolvers import oidc
from schema.connection import connection_type
from schema.derive import lazy_type, object_type
from schema.mutations import TransactionRefusal, delete_mutation, mutation, payload_field, row_field
from schema.node import Node
from schema.relations import to_one
from schema.session import session_fields
from services.core.access import Access


@object_type(LinkedIssuer, *("id", "issuer", "subject", "email", "last_used_at", "created_at", "updated_at", "version"))
class LinkedIssuerType(Node):
    user = to_one(LinkedIssuer, "user")


LinkedIssuerConnection = connection_type("linked_issuer")


def _membership_field() -> Any:
    """The payload field of the membership in the tenant of an invitation."""
    description = "The membership in the tenant of the invitation; null if none was accepted."
    return payload_field(lazy_type("membership"), lambda tokens: tokens.membership, description)


@strawberry.type
class LinkedIssuerMutations:
    login_with_issuer = mutation(
        oidc.login_with_issuer,
        session_fields() | {"membership": _membership_field()},
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Sign in with an ID token of an OpenID Connect issuer that the server accepts. The first time, the "
        "account is found by the email address that both the issuer and this server have verified, or created with an "
        "invitation.",
    )
    link_issuer = mutation(
        oidc.link_issuer,
        row_field("linked_issuer"),
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Link an account at an OpenID Connect issuer to the signed-in user, to sign in with it.",
    )
    unlink_issuer = delete_mutation(
        "linked_issuer",
        oidc.unlink_issuer,
        access=Access.USER,
        confirmed=True,
        description="Remove a link, so that the account at the issuer no longer signs in the user. Sessions that it "
        "began continue.",
        versioned=False,
    )
