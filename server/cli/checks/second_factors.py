"""Check of second factors: their secrets can be read."""

from sqlalchemy import select

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from models import SecondFactor
from models.relations import table_of
from server.cli.checks.result import CheckResult, ok, warning
from server.config.settings import Settings
from services.core.secret_cipher import SecretCipher, SecretPurpose


async def check_second_factors(database: Database, settings: Settings) -> list[CheckResult]:
    """Check that codes of all users who have enabled a second factor can be verified."""
    cipher = SecretCipher(SecretPurpose.SECOND_FACTORS, settings.secret_keys[0], settings.secret_keys[1:])
    factor, reader = table_of(SecondFactor), Reader(database, Credentials())
    try:
        rows = await reader.rows(select(factor.c.user_id, factor.c.secret).where(factor.c.secret.is_not(None)))
        unreadable = sum(not cipher.can_decrypt(row.secret, row.user_id) for row in rows)
        former = sum(cipher.reencrypt(row.secret, row.user_id) is not None for row in rows)
    finally:
        await reader.close()
    return [_describe(len(rows), unreadable, former)] if rows else []


def _describe(users: int, unreadable: int, former: int) -> CheckResult:
    if unreadable:
        message = f"second factors: those of {unreadable} of {users} users are encrypted with another SECRET_KEY"
        return warning(message, "add the former SECRET_KEY to SECRET_KEY_FALLBACKS; recovery codes work meanwhile")
    if former:
        message = f"second factors: those of {former} of {users} users are encrypted with a fallback key"
        return warning(message, "keep SECRET_KEY_FALLBACKS until the server has encrypted them again, within an hour")
    return ok(f"second factors: those of all {users} users can be read")
