"""All checks in their order: what the later ones need, the earlier ones have looked at."""

import asyncio

from server.cli.checks.database import check_database
from server.cli.checks.finding import Finding, broken, fine
from server.cli.checks.surroundings import check_clock, check_console, check_letters, check_secret
from server.settings import SettingsError, load_settings


def findings() -> list[Finding]:
    """What every check says; without usable settings there is nothing else to look at."""
    try:
        settings = load_settings()
    except SettingsError as error:
        remedy = "correct it in the environment or in .env"
        return [broken(f"settings: {problem}", remedy) for problem in error.problems]
    return [
        fine(f"settings: complete, for {settings.environment}"),
        check_secret(settings),
        check_console(settings),
        check_letters(settings),
        check_clock(),
        *asyncio.run(check_database(settings)),
    ]
