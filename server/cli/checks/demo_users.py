"""Check of the users whose password is published."""

from sqlalchemy.ext.asyncio import AsyncConnection

from server.cli.checks.result import CheckResult, failed, ok
from server.config.settings import Settings
from server.seed.demo_users import find_demo_users


async def check_demo_users(connection: AsyncConnection, settings: Settings) -> list[CheckResult]:
    """Check that a production database does not have the users of the demo data, of whom one is a superuser."""
    if settings.environment != "production":
        return []
    users = await find_demo_users(connection)
    if not users:
        return [ok("demo: no users with a published password")]
    message = f"demo: users with a published password can sign in: {', '.join(users)}"
    return [failed(message, "deactivate them, or use a database without the demo data")]
