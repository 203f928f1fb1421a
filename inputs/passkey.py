"""Inputs, filter and order of passkeys."""

import strawberry

from inputs.derive import Json, update_input
from inputs.dynamic_types import field
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from inputs.session import TRANSPORT_DESCRIPTION, TokenTransport
from models import Passkey


@strawberry.input(description="A new passkey of the signed-in user.")
class AddPasskeyInput:
    credential: Json = field(
        description="What `navigator.credentials.create()` returned for the options of `startPasskeyRegistration`, as "
        "JSON (`credential.toJSON()`)."
    )
    name: str = field(description="A name by which the user recognizes it. 1 to 100 characters.")


@strawberry.input(description="A passkey to sign in with.")
class LoginWithPasskeyInput:
    credential: Json = field(
        description="What `navigator.credentials.get()` returned for the options of `startPasskeyLogin`, as JSON "
        "(`credential.toJSON()`)."
    )
    refresh_token_in: TokenTransport = field(description=TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


@update_input(Passkey, "name")
class UpdatePasskeyInput: ...


@filter_input(Passkey, "id", "name", "is_backed_up", "last_used_at", "created_at")
class PasskeyWhere: ...


PasskeyOrder = order_input(Passkey, "id", "name", "last_used_at", "created_at")
