"""Secrets that clients keep for us: made from enough chance that nobody guesses them, and kept here as hashes only.

With 256 random bits there is nothing to try out, so a plain SHA-256 does: it needs no salt and no slowness, and can be
looked up.
"""

import hashlib
import secrets

RANDOM_BYTES = 32
SHOWN = 6
"""How many characters behind the prefix may be shown afterwards."""
LONGEST = 200

REFRESH = "refresh_"
MAILED = "letter_"
INVITATION = "invite_"
API_KEY = "allot_"
"""Prefixes: they tell one kind from the other, to people and to scanners of leaked secrets."""


def make(prefix: str) -> str:
    """A new secret of this kind."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def hashed(secret: str) -> str:
    """What to keep of a secret, and to look it up by."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def beginning(secret: str, prefix: str) -> str:
    """How a secret begins: enough to tell it from others, too little to be of use."""
    return secret[: len(prefix) + SHOWN]
