"""Options for browsers, and verification of what authenticators answer, with the library `webauthn`.

Importing the library takes some tenths of a second, so this module is imported when it is used first.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from models import User
from models.passkey import MAX_CREDENTIAL_ID_LENGTH, MAX_PUBLIC_KEY_LENGTH
from services.people.passkeys.answers import Answer, RefusedPasskey, decode, encode
from services.people.passkeys.relying_party import RelyingParty

logger = logging.getLogger("allotment.people")

Verified = TypeVar("Verified")
TIMEOUT_MS = 300_000
"""For how long browsers wait for the authenticator."""
_TRANSPORTS = {transport.value for transport in AuthenticatorTransport}


@dataclass(frozen=True)
class VerifiedKey:
    """A new passkey, as its authenticator describes it."""

    credential_id: str
    public_key: str
    sign_count: int
    is_backed_up: bool
    transports: str


@dataclass(frozen=True)
class VerifiedUse:
    """A use of a passkey, whose signature is right."""

    sign_count: int
    is_backed_up: bool


def registration_options(party: RelyingParty, user: User, challenge: bytes, existing: Sequence[Any]) -> dict[str, Any]:
    """Return the options of `navigator.credentials.create()`, as JSON. The authenticator stores who the user is, and
    verifies the person with each use."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.id,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.full_name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(existing),
    )
    return options_to_json_dict(options)


def authentication_options(party: RelyingParty, challenge: bytes, permitted: Sequence[Any]) -> dict[str, Any]:
    """Return the options of `navigator.credentials.get()`, as JSON: for these passkeys, or for all of the person."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(permitted),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def _descriptors(passkeys: Sequence[Any]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=decode(passkey.credential_id),
            transports=[AuthenticatorTransport(name) for name in passkey.transports.split()],
        )
        for passkey in passkeys
    ]


def verify_new(party: RelyingParty, answer: Answer) -> VerifiedKey:
    """Verify the answer to `create()`. Refused unless the person was verified."""
    verified = _verify(verify_registration_response, party, answer)
    credential_id, public_key = encode(verified.credential_id), encode(verified.credential_public_key)
    if len(credential_id) > MAX_CREDENTIAL_ID_LENGTH or len(public_key) > MAX_PUBLIC_KEY_LENGTH:
        raise RefusedPasskey("Its id or its key is too long.")
    return VerifiedKey(
        credential_id,
        public_key,
        verified.sign_count,
        verified.credential_backed_up,
        _known_transports(answer.credential["response"].get("transports")),
    )


def verify_use(party: RelyingParty, answer: Answer, passkey: Any, *, needs_user_handle: bool) -> VerifiedUse:
    """Verify the answer to `get()` with the public key of the passkey. Refused unless the person was verified, and the
    authenticator says that the passkey is its user's; it may leave that out if the user was known before."""
    verified = _verify(
        verify_authentication_response,
        party,
        answer,
        credential_public_key=decode(passkey.public_key),
        credential_current_sign_count=0,  # compared by the caller: the library does so before the signature
    )
    handle = _verifying(lambda: parse_authentication_credential_json(answer.credential)).response.user_handle
    if (handle or needs_user_handle) and handle != passkey.user_id.bytes:
        raise RefusedPasskey("It was made for another user.")
    return VerifiedUse(verified.new_sign_count, verified.credential_backed_up)


def _verify(verify: Callable[..., Verified], party: RelyingParty, answer: Answer, **expected: Any) -> Verified:
    """Verify an answer with a function of the library, and what else that expects."""
    _check_origin(party, answer)
    expected |= {"expected_challenge": answer.challenge, "expected_rp_id": party.id, "expected_origin": answer.origin}
    return _verifying(lambda: verify(credential=answer.credential, require_user_verification=True, **expected))


def _check_origin(party: RelyingParty, answer: Answer) -> None:
    if answer.is_cross_origin:
        raise RefusedPasskey("It was used in a frame of another site.")
    if not party.is_allowed_origin(answer.origin):
        raise RefusedPasskey("It was used on a page of another origin (PASSKEY_ORIGINS).")


def _verifying(verify: Callable[[], Verified]) -> Verified:
    try:
        return verify()
    except Exception as error:  # noqa: BLE001 -- the parsers of the library raise any exception for malformed answers
        logger.info("An answer of an authenticator was refused: %s", error)
        reason = "Its answer is malformed, its signature is wrong, it belongs to another site, or it has not verified"
        raise RefusedPasskey(f"{reason} you with a PIN, a fingerprint or the like.") from None


def _known_transports(sent: Any) -> str:
    names = [name for name in sent if isinstance(name, str)] if isinstance(sent, list) else []
    return " ".join(sorted(_TRANSPORTS.intersection(names)))
