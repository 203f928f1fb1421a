"""Codes of authenticator apps (TOTP, RFC 6238), and recovery codes."""

import hashlib
import hmac
import re
import secrets
import time
from uuid import UUID

import pyotp

STEP_SECONDS = 30
DIGITS = 6
WINDOW = 1
"""How many time steps the clock of a device may differ from that of the server."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH, _GROUP = 16, 4
_SEPARATORS = re.compile(r"[\s-]+")
_RECOVERY_FORM = re.compile(f"[{_ALPHABET}]{{{_RECOVERY_LENGTH}}}")


def generate_secret() -> str:
    """Return a new random secret with 160 bits, in base32 as apps expect it."""
    return pyotp.random_base32()


def build_uri(secret: str, email: str, site: str) -> str:
    """Return the otpauth URI, which apps read from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=site)


def find_step(secret: str, code: str, after: int) -> int | None:
    """Return the time step of a code that is valid now; None if it is wrong, or not newer than the step `after`."""
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    totp, current = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS), int(time.time()) // STEP_SECONDS
    steps = range(current - WINDOW, current + WINDOW + 1)
    matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return next((step for step in matching if step > after), None)


def normalize_code(code: str) -> str:
    """Return a code as it is compared: people type spaces, hyphens and capital letters."""
    return _SEPARATORS.sub("", code).lower()


def is_recovery_code(code: str) -> bool:
    """Return whether a normalized code has the form of a recovery code."""
    return _RECOVERY_FORM.fullmatch(code) is not None


def generate_recovery_codes() -> list[str]:
    """Return new recovery codes. With 80 random bits each, guessing is infeasible, so their hashes need no salt."""
    return [_generate_recovery_code() for _ in range(RECOVERY_CODES)]


def _generate_recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _RECOVERY_LENGTH, _GROUP))


def hash_recovery_code(user_id: UUID, code: str) -> str:
    """Return the hash under which a recovery code is stored."""
    return hashlib.sha256(user_id.bytes + normalize_code(code).encode()).hexdigest()
