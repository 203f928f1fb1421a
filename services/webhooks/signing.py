"""The secrets of webhooks, and the signatures of deliveries (Standard Webhooks)."""

import base64
import datetime
import os
import secrets
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook as Signer

SECRET_PREFIX = "whsec_"  # noqa: S105 -- a prefix
_SECRET_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = "1:"


class SecretUnreadable(Exception):
    """A secret was encrypted with another SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__("The secret was encrypted with another SECRET_KEY. Rotate it (rotateWebhookSecret).")


def generate_secret() -> str:
    """Return a new random secret, as receivers configure it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


class SecretCipher:
    """Encrypts the secrets of webhooks with a key that is derived from SECRET_KEY, and decrypts also those that were
    encrypted with one of SECRET_KEY_FALLBACKS. A secret can be decrypted only for the webhook that it belongs to, so
    that it is useless in the row of another one."""

    def __init__(self, secret_key: str, fallbacks: Sequence[str] = ()) -> None:
        self._cipher, *self._fallbacks = [_derive_cipher(each) for each in (secret_key, *fallbacks)]

    @property
    def has_fallbacks(self) -> bool:
        """Whether secrets may be stored that were encrypted with a former key."""
        return bool(self._fallbacks)

    def encrypt(self, secret: str, webhook_id: UUID) -> str:
        """Return the secret as it is stored."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, secret.encode(), webhook_id.bytes)
        return _FORMAT + base64.b64encode(nonce + encrypted).decode()

    def can_decrypt(self, stored: str, webhook_id: UUID) -> bool:
        """Return whether the secret can be read: not after an import, or with another SECRET_KEY."""
        try:
            self.decrypt(stored, webhook_id)
        except SecretUnreadable:
            return False
        return True

    def decrypt(self, stored: str, webhook_id: UUID) -> str:
        """Return the secret; raise SecretUnreadable if it was encrypted with another key."""
        for cipher in (self._cipher, *self._fallbacks):
            if (secret := _decrypt(cipher, stored, webhook_id)) is not None:
                return secret
        raise SecretUnreadable

    def reencrypt(self, stored: str, webhook_id: UUID) -> str | None:
        """Return the secret encrypted with SECRET_KEY if it was encrypted with one of the fallbacks; otherwise None."""
        if _decrypt(self._cipher, stored, webhook_id) is not None or not self.can_decrypt(stored, webhook_id):
            return None
        return self.encrypt(self.decrypt(stored, webhook_id), webhook_id)


def _derive_cipher(secret_key: str) -> AESGCM:
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"allotment: secrets of webhooks")
    return AESGCM(derivation.derive(secret_key.encode()))


def _decrypt(cipher: AESGCM, stored: str, webhook_id: UUID) -> str | None:
    """Return the secret; None if it was encrypted with another key."""
    try:
        data = base64.b64decode(stored.removeprefix(_FORMAT), validate=True)
        return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], webhook_id.bytes).decode()
    except (InvalidTag, ValueError):
        return None


def sign(body: bytes, message_id: str, at: datetime.datetime, signing_secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature for each secret."""
    text = body.decode()
    signatures = [Signer(secret).sign(message_id, at, text) for secret in signing_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
