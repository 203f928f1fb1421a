"""Encryption of secrets that the server must be able to read again, such as those of webhooks."""

import base64
import os
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_FORMAT = "1:"


class SecretPurpose(StrEnum):
    """What secrets are for. Each purpose has a key of its own; the value is a part of its derivation."""

    WEBHOOKS = "allotment: secrets of webhooks"
    SECOND_FACTORS = "allotment: secrets of second factors"


_REMEDIES = {
    SecretPurpose.WEBHOOKS: "Rotate it (rotateWebhookSecret).",
    SecretPurpose.SECOND_FACTORS: "The user can use a recovery code instead.",
}


class SecretUnreadable(Exception):
    """A secret was encrypted with another SECRET_KEY."""


class SecretCipher:
    """Encrypts secrets with a key that is derived from SECRET_KEY, and decrypts also those that were encrypted with one
    of SECRET_KEY_FALLBACKS. A secret can be decrypted only for the webhook or user that it belongs to, so that it is
    useless in the row of another one."""

    def __init__(self, purpose: SecretPurpose, secret_key: str, fallbacks: Sequence[str] = ()) -> None:
        self._purpose = purpose
        self._cipher, *self._fallbacks = [_derive_cipher(purpose, each) for each in (secret_key, *fallbacks)]

    @property
    def has_fallbacks(self) -> bool:
        """Whether secrets may be stored that were encrypted with a former key."""
        return bool(self._fallbacks)

    def encrypt(self, secret: str, owner_id: UUID) -> str:
        """Return the secret as it is stored."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, secret.encode(), owner_id.bytes)
        return _FORMAT + base64.b64encode(nonce + encrypted).decode()

    def can_decrypt(self, stored: str, owner_id: UUID) -> bool:
        """Return whether the secret can be read: not after an import, or with another SECRET_KEY."""
        try:
            self.decrypt(stored, owner_id)
        except SecretUnreadable:
            return False
        return True

    def decrypt(self, stored: str, owner_id: UUID) -> str:
        """Return the secret; raise SecretUnreadable if it was encrypted with another key."""
        for cipher in (self._cipher, *self._fallbacks):
            if (secret := _decrypt(cipher, stored, owner_id)) is not None:
                return secret
        raise SecretUnreadable(f"The secret was encrypted with another SECRET_KEY. {_REMEDIES[self._purpose]}")

    def reencrypt(self, stored: str, owner_id: UUID) -> str | None:
        """Return the secret encrypted with SECRET_KEY if it was encrypted with one of the fallbacks; otherwise None."""
        if _decrypt(self._cipher, stored, owner_id) is not None or not self.can_decrypt(stored, owner_id):
            return None
        return self.encrypt(self.decrypt(stored, owner_id), owner_id)


def _derive_cipher(purpose: SecretPurpose, secret_key: str) -> AESGCM:
    derivation = HKDF(SHA256(), length=32, salt=None, info=purpose.encode())
    return AESGCM(derivation.derive(secret_key.encode()))


def _decrypt(cipher: AESGCM, stored: str, owner_id: UUID) -> str | None:
    """Return the secret; None if it was encrypted with another key."""
    try:
        data = base64.b64decode(stored.removeprefix(_FORMAT), validate=True)
        return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner_id.bytes).decode()
    except (InvalidTag, ValueError):
        return None
