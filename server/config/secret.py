"""The secret that signs tokens: validation of SECRET_KEY, and the file that stores a generated secret."""

import fcntl
import json
import os
import re
import secrets
from pathlib import Path

MIN_SECRET_BYTES = 32
_MIN_DISTINCT_CHARACTERS = 8  # about one in 30 million random strings of 32 hexadecimal digits has fewer
_PLACEHOLDER = re.compile(
    "change(it|me|this)|placeholder|replace(it|me|this)|secret|password|example|default|insecure|development"
    "|generate|openssl|1234567890|abcdefgh|qwerty"
)
_REMEDY = (
    'set it to a random value, such as the output of: python -c "import secrets; print(secrets.token_urlsafe(48))"'
)


def require_secret_length(secret: str) -> None:
    """Raise ValueError if the secret is short enough to be guessed."""
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"must be at least {MIN_SECRET_BYTES} bytes long; {_REMEDY}")


def require_production_secret(secret: str) -> None:
    """Raise ValueError if the secret is missing, too short, or a placeholder from documentation."""
    if not secret:
        raise ValueError(f"is required in production; {_REMEDY}")
    require_secret_length(secret)
    letters = re.sub(r"[^a-z0-9]", "", secret.lower())
    if len(set(secret)) < _MIN_DISTINCT_CHARACTERS or _PLACEHOLDER.search(letters):
        raise ValueError(f"looks like a placeholder; {_REMEDY}")


def parse_fallbacks(text: str) -> list[str]:
    """Return the secrets of SECRET_KEY_FALLBACKS. A JSON array can contain secrets with white space."""
    if not text.lstrip().startswith("["):
        return text.split()
    try:
        secrets_of_array = json.loads(text)
    except (ValueError, RecursionError):
        secrets_of_array = None
    if not isinstance(secrets_of_array, list) or not all(isinstance(each, str) for each in secrets_of_array):
        raise ValueError('is not a JSON array of secrets; write ["first secret", "second secret"]')
    return secrets_of_array


def load_or_create_secret(file: Path) -> str:
    """Return the secret stored in `file`, and generate it if the file is missing or invalid.

    An exclusive lock serializes processes that start together, so that all of them get the same secret. A partial
    secret, left by a crash, is replaced.
    """
    # O_NOFOLLOW: a symbolic link could place the secret in a file that other users can read.
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
