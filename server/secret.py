"""The secret that signs tokens: when a given one is good enough, and where development keeps its own."""

import fcntl
import os
import re
import secrets
from pathlib import Path

MIN_SECRET_BYTES = 32
_MIN_DISTINCT_CHARACTERS = 8  # of 32 random hexadecimal digits, one in some thirty million has fewer
_PLACEHOLDER = re.compile(
    "change(it|me|this)|placeholder|replace(it|me|this)|secret|password|example|default|insecure|development"
    "|generate|openssl|1234567890|abcdefgh|qwerty"
)
_HOW = 'set it to a random value, such as the output of: python -c "import secrets; print(secrets.token_urlsafe(48))"'


def require_length(secret: str) -> None:
    """Raise ValueError for a secret that could be guessed for its length."""
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"must be at least {MIN_SECRET_BYTES} bytes long; {_HOW}")


def require_production_secret(secret: str) -> None:
    """Raise ValueError for a secret that is missing, short, or was plainly copied from somewhere."""
    if not secret:
        raise ValueError(f"is required in production; {_HOW}")
    require_length(secret)
    letters = re.sub(r"[^a-z0-9]", "", secret.lower())
    if len(set(secret)) < _MIN_DISTINCT_CHARACTERS or _PLACEHOLDER.search(letters):
        raise ValueError(f"looks like a placeholder; {_HOW}")


def kept_secret(file: Path) -> str:
    """The secret kept in `file`, made when there is none. Processes that start together all get the same one.

    The lock makes them queue. What cannot be a secret, such as the half of one left by a crash, is written anew.
    """
    # Never through a symbolic link: it could lead the secret to where others read it.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(file, flags, 0o600), "r+", encoding="ascii", errors="replace") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released when the file is closed
        os.fchmod(handle.fileno(), 0o600)
        secret = handle.read().strip()
        if len(secret) < MIN_SECRET_BYTES or not (secret.isascii() and secret.isprintable()):
            secret = secrets.token_urlsafe(48)
            handle.seek(0)
            handle.truncate()
            handle.write(secret + "\n")
        return secret
