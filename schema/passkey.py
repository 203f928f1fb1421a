"""Passkey: type, and mutations."""

from typing import Any

import strawberry

from inputs.derive import Json
from models import Passkey
from models.ids import public_id
from resolvers import passkey
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import TransactionRefusal, mutation, payload_field, row_field, row_mutation
from schema.node import Node
from schema.relations import to_one
from schema.session import session_fields
from services.core.access import Access


@object_type(Passkey, *("id", "name", "is_backed_up", "last_used_at", "created_at", "updated_at", "version"))
class PasskeyType(Node):
    user = to_one(Passkey, "user")


PasskeyConnection = connection_type("passkey")


def _options_field(method: str) -> dict[str, Any]:
    """The payload field of the options for a browser."""
    description = (
        f"The options for `navigator.credentials.{method}()`, as JSON: browsers read them with `PublicKeyCredential`. "
        "They contain a challenge, which is valid once, for five minutes."
    )
    return {"options": payload_field(Json, lambda options: options, description)}


@strawberry.type
class PasskeyMutations:
    start_passkey_registration = mutation(
        passkey.start_passkey_registration,
        _options_field("create"),
        access=Access.USER,
        confirmed=True,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Begin to add a passkey to the signed-in user, who has verified the email address. `addPasskey` "
        "ends it.",
    )
    add_passkey = mutation(
        passkey.add_passkey,
        row_field("passkey"),
        access=Access.USER,
        confirmed=True,
        refusal=TransactionRefusal.SEVERAL_TRANSACTIONS,
        description="Add a passkey that the browser has created. A user can have 20.",
    )
    update_passkey = row_mutation(
        "passkey", passkey.update_passkey, access=Access.USER, description="Rename a passkey of the signed-in user."
    )
    delete_passkey = mutation(
        passkey.delete_passkey,
        {
            "deleted_id": payload_field(
                strawberry.ID,
                lambda deleted: public_id("passkey", deleted),
                "The id of the deleted passkey; null if it was not deleted.",
            )
        },
        access=Access.USER,
        confirmed=True,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Remove a passkey, so that it no longer signs in the user. Sessions that it began continue.",
    )
    start_passkey_login = mutation(
        passkey.start_passkey_login,
        _options_field("get"),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Begin to sign in with a passkey. `loginWithPasskey` ends it.",
    )
    login_with_passkey = mutation(
        passkey.login_with_passkey,
        session_fields(),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Sign in with a passkey. It needs neither a password nor a code of the second factor: the "
        "authenticator has verified the person.",
    )
    start_passkey_confirmation = mutation(
        passkey.start_passkey_confirmation,
        _options_field("get"),
        access=Access.USER,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Begin to confirm the identity with a passkey. `confirmIdentity` ends it.",
    )
