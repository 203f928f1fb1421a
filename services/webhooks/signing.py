"""The secrets of webhooks, and the signatures of deliveries (Standard Webhooks)."""

import base64
import datetime
import secrets
from collections.abc import Sequence

from standardwebhooks import Webhook as Signer

SECRET_PREFIX = "whsec_"  # noqa: S105 -- a prefix
_SECRET_BYTES = 32


def generate_secret() -> str:
    """Return a new random secret, as receivers configure it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(body: bytes, message_id: str, at: datetime.datetime, signing_secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature for each secret."""
    text = body.decode()
    signatures = [Signer(secret).sign(message_id, at, text) for secret in signing_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
