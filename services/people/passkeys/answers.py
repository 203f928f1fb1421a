"""What an authenticator answers to a challenge, as browsers send it (WebAuthn Level 3, 5.1.8).

This reads only what is needed to find the challenge and the passkey. verification.py verifies the answer.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from services.core.errors import Code, Problem, Rejected
from services.people.secrets import hash_secret

MAX_ANSWER_BYTES = 16_384
CREDENTIAL_PATH = ("input", "credential")


class RefusedPasskey(Rejected):
    """An answer of an authenticator is not accepted."""

    def __init__(self, reason: str, path: tuple[str, ...] = CREDENTIAL_PATH) -> None:
        message = f"The passkey is not accepted. {reason}"
        super().__init__(Problem(Code.BAD_CREDENTIALS, path, message))


@dataclass(frozen=True)
class Answer:
    """An answer that was not verified yet."""

    credential: dict[str, Any]
    credential_id: str
    """The id of the passkey, in base64url."""
    challenge: bytes
    origin: str
    is_cross_origin: bool

    @property
    def challenge_hash(self) -> str:
        """The hash under which the challenge is stored."""
        return hash_challenge(self.challenge)


def hash_challenge(challenge: bytes) -> str:
    """Return the hash under which a challenge is stored."""
    return hash_secret(encode(challenge))


def parse_answer(credential: Any) -> Answer:
    """Read an answer. Refused unless it has the form of one."""
    try:
        if len(json.dumps(credential)) > MAX_ANSWER_BYTES:
            raise RefusedPasskey(f"The answer of the authenticator is longer than {MAX_ANSWER_BYTES:,} bytes.")
        client_data = json.loads(decode(credential["response"]["clientDataJSON"]))
        origin, challenge = client_data["origin"], decode(client_data["challenge"])
        credential_id = encode(decode(credential["id"]))
    except (KeyError, TypeError, ValueError, RecursionError):
        raise RefusedPasskey("Send what the browser returns, as JSON: `credential.toJSON()`.") from None
    return Answer(credential, credential_id, challenge, str(origin), bool(client_data.get("crossOrigin")))


def encode(data: bytes) -> str:
    """Encode bytes in base64url, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: Any) -> bytes:
    """Decode base64url without padding; raise ValueError for anything else."""
    if not isinstance(text, str):
        raise TypeError("not a text")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
