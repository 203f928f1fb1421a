"""Passkeys with known keys, and challenges that tests know."""

import hashlib
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from models import Passkey, PasskeyChallenge, User
from models.base import utc_now
from models.passkey import ChallengePurpose
from services.people.passkeys.answers import hash_challenge
from tests.support.app_fixture import ONE_HOUR
from tests.support.authenticator import Authenticator, SoftPasskey, to_base64url


def known_passkey(user_id: UUID) -> SoftPasskey:
    """Return the passkey of a user, which is the same each time."""
    key = ec.derive_private_key(user_id.int + 1, ec.SECP256R1())
    return SoftPasskey(user_id.bytes, hashlib.sha256(user_id.bytes).digest(), key)


def known_answer(purpose: ChallengePurpose, user_id: UUID) -> dict[str, Any]:
    """Return the answer of a passkey to the challenge that `passkey_rows` has stored: the known one, or a new one."""
    options = {"challenge": to_base64url(_challenge(purpose, user_id)), "user": {"id": to_base64url(user_id.bytes)}}
    if purpose is ChallengePurpose.REGISTER:
        return Authenticator().create(options)[1]
    return Authenticator().get(options, known_passkey(user_id))


def passkey_rows(user: User) -> list[Any]:
    """Return the row of the user's known passkey, and a challenge for each purpose."""
    passkey, expires_at = known_passkey(user.id), utc_now() + ONE_HOUR
    id, key = to_base64url(passkey.id), to_base64url(passkey.public_key)
    challenges = [
        PasskeyChallenge(
            hash=hash_challenge(_challenge(purpose, user.id)),
            purpose=purpose,
            user_id=None if purpose is ChallengePurpose.LOGIN else user.id,
            expires_at=expires_at,
        )
        for purpose in ChallengePurpose
    ]
    stored = Passkey(user_id=user.id, credential_id=id, public_key=key, name="Laptop", last_used_at=utc_now())
    return [stored, *challenges]


def _challenge(purpose: ChallengePurpose, user_id: UUID) -> bytes:
    return hashlib.sha256(f"{purpose} {user_id}".encode()).digest()
