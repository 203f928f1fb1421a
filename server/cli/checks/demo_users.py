"""Check of the users whose password is published."""

import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from server.cli.checks.result import CheckResult, failed, ok
from server.cli.errors import CommandFailed
from server.config.settings import Settings
from server.seed.demo_users import find_published_logins
from services.people.passwords import Passwords

logger = logging.getLogger("allotment.database")

REMEDY = "deactivate them, change their passwords, or use a database without the demo data"


async def check_demo_users(connection: AsyncConnection, settings: Settings) -> list[CheckResult]:
    """Check that no user of a production database has an address of the demo data and the published password."""
    if settings.environment != "production":
        return []
    users = await find_published_logins(connection, Passwords(settings.bcrypt_rounds))
    if not users:
        return [ok("demo: no users with a published password")]
    return [failed(f"demo: {_describe(users)}", REMEDY)]


async def forbid_demo_superusers(connection: AsyncConnection, settings: Settings) -> None:
    """Raise CommandFailed if everyone can sign in to a production server as a superuser of the demo data. Log a warning
    about other users of it: everyone can register such a user, which must not prevent the start."""
    if settings.environment != "production":
        return
    users = await find_published_logins(connection, Passwords(settings.bcrypt_rounds))
    if any(users.values()):
        raise CommandFailed(f"The database has the demo data: {_describe(users)}. Do one of these: {REMEDY}.")
    if users:
        logger.warning("The database has users of the demo data: %s. Do one of these: %s.", _describe(users), REMEDY)


def _describe(users: dict[str, bool]) -> str:
    return f"users with a published password can sign in: {', '.join(sorted(users))}"
