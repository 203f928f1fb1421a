"""The second factor: type of its state, and mutations."""

import strawberry

from resolvers import second_factor
from schema.derive import lazy_type
from schema.mutations import TransactionRefusal, mutation, payload_field, row_field
from schema.session import done_field
from services.core.access import Access


@strawberry.type(description="The state of a user's second factor.")
class TwoFactor:
    is_enabled: bool = strawberry.field(description="Whether signing in requires a code.")
    recovery_codes_left: int = strawberry.field(description="The number of recovery codes that were not used yet.")


_RECOVERY_CODES = {
    "recovery_codes": payload_field(
        list[str],
        lambda created: created.codes,
        "Codes for the loss of the device; each replaces the second factor once. They are returned only once.",
    ),
    "user": payload_field(lazy_type("user"), lambda created: created.user, "The user."),
}


@strawberry.type
class SecondFactorMutations:
    confirm_identity = mutation(
        second_factor.confirm_identity,
        done_field("True if the identity is confirmed, for ten minutes in this session."),
        access=Access.USER,
        refusal=TransactionRefusal.SEVERAL_TRANSACTIONS,
        description="Prove who sends the requests of this session: with the password, with a code if there is a second "
        "factor, or with a passkey. Dangerous fields require it: in a session that was not confirmed in the last ten "
        "minutes, they are `FORBIDDEN` with the extension `stepUp`. Signing in confirms the session, too.",
    )
    start_two_factor = mutation(
        second_factor.start_two_factor,
        {
            "secret": payload_field(
                str, lambda created: created.secret, "The secret in base32, to type into an authenticator app."
            ),
            "uri": payload_field(
                str, lambda created: created.uri, "The `otpauth` URI with the secret, to show as a QR code."
            ),
        },
        access=Access.USER,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Create the secret of a second factor (TOTP) for the signed-in user, who has verified the email "
        "address. It has no effect before `confirmTwoFactor`. If the second factor is enabled, the new secret will "
        "replace its secret.",
    )
    confirm_two_factor = mutation(
        second_factor.confirm_two_factor,
        _RECOVERY_CODES,
        access=Access.USER,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Enable the second factor with a code of the app that has stored its secret. Recovery codes from "
        "before are void.",
    )
    disable_two_factor = mutation(
        second_factor.disable_two_factor,
        row_field("user"),
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Disable the second factor of the signed-in user.",
    )
    regenerate_recovery_codes = mutation(
        second_factor.regenerate_recovery_codes,
        _RECOVERY_CODES,
        access=Access.USER,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Replace the recovery codes of the signed-in user; those from before are void.",
    )
