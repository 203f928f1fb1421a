"""`allotment doctor`."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from server.cli.checks.result import CheckResult
    from server.config.settings import Settings


def doctor() -> None:
    """Check the settings, the database and the environment of the server.

    Exits with 1 if a check fails (✗). Warnings (!) do not change the exit code.
    """
    results = run_checks()
    for result in results:
        typer.echo(str(result))
    failures = sum(result.is_failed for result in results)
    if failures:
        typer.echo(f"{failures} check{'' if failures == 1 else 's'} failed.", err=True)
        raise typer.Exit(1)


def run_checks() -> "list[CheckResult]":
    """Run all checks, the settings first: without valid settings no other check can run."""
    from server.cli.checks.result import failed
    from server.config.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        remedy = "correct it in the environment or in .env"
        return [failed(f"settings: {problem}", remedy) for problem in error.problems]
    return _run_checks(settings)


def _run_checks(settings: "Settings") -> "list[CheckResult]":
    """Run the checks that need valid settings."""
    import asyncio

    from server.cli.checks import environment
    from server.cli.checks.capacity import check_capacity
    from server.cli.checks.database import check_database
    from server.cli.checks.issuers import check_issuers
    from server.cli.checks.mail import check_mail_server
    from server.cli.checks.passkeys import check_passkeys
    from server.cli.checks.result import ok

    return [
        ok(f"settings: valid, for {settings.environment}"),
        environment.check_secret(settings),
        environment.check_console(settings),
        environment.check_email(settings),
        check_passkeys(settings),
        environment.check_clock(),
        environment.check_descriptors(settings),
        *check_capacity(settings),
        *asyncio.run(check_mail_server(settings)),
        *asyncio.run(check_issuers(settings)),
        *asyncio.run(check_database(settings)),
    ]
