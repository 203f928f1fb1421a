"""Random secrets that clients store: tokens and API keys. Only their hashes are stored here.

With 256 random bits, guessing is infeasible. So a plain SHA-256 suffices: no salt, no slow hash, and it can be indexed.
"""

import hashlib
import secrets

RANDOM_BYTES = 32
VISIBLE_CHARACTERS = 6
"""The number of characters after the prefix that may be shown later."""
MAX_LENGTH = 200

REFRESH_TOKEN_PREFIX = "refresh_"  # noqa: S105 -- a prefix
EMAIL_TOKEN_PREFIX = "letter_"  # noqa: S105 -- a prefix
INVITATION_PREFIX = "invite_"
API_KEY_PREFIX = "allot_"
"""The prefixes let people and scanners of leaked secrets recognize the type of a secret."""


def generate(prefix: str) -> str:
    """Return a new random secret with this prefix."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def hash_secret(secret: str) -> str:
    """Return the hash under which a secret is stored and looked up."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def visible_prefix(secret: str, prefix: str) -> str:
    """Return the beginning of a secret: long enough to recognize it, too short to use it."""
    return secret[: len(prefix) + VISIBLE_CHARACTERS]
