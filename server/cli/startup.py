"""Start-up of `allotment serve`: bind the port and check the database before uvicorn starts."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import typer

from database.role import check_database_role
from server.cli.checks.demo_users import forbid_demo_superusers
from server.cli.database import forbid_in_production, run_with_database
from server.cli.migrate import execute_plan, load_plan
from server.cli.seed import load_demo
from server.cli.sockets import base_url, bind_sockets
from server.cli.uvicorn_server import run_server
from server.config.paths import CONSOLE_DIST
from server.database_pooler import POOLER_REMEDY, is_behind_pooler
from server.seed.demo_users import PASSWORD, DemoUser, find_demo_users
from server.telemetry.logs import configure_logging

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from database.engine import Database
    from server.config.settings import Settings

logger = logging.getLogger("allotment.database")


def start(settings: "Settings", options: dict[str, Any], *, demo: bool, reload: bool) -> None:
    """Serve until interrupted. Errors of the port or the database are raised before the server starts. `options` are
    the settings of the command line."""
    configure_logging(settings)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket) for socket in bind_sockets(settings.host, settings.port)]
        if settings.port == 0:  # links in emails contain the port that the system has chosen
            options = options | {"port": sockets[0].getsockname()[1]}
            settings = settings.model_copy(update={"port": options["port"]})
        if demo:
            forbid_in_production(settings, "The demo")
            _migrate(settings)
            load_demo(settings)
        demo_users = run_with_database(settings, lambda database: _check_database(database, settings))
        url = base_url(settings.host, sockets[0])
        print_banner(settings, url, demo_users)
        with suppress(KeyboardInterrupt):  # raised by uvicorn after a graceful shutdown
            run_server(settings, options, sockets, url, reload=reload)


def _migrate(settings: "Settings") -> None:
    """Run all pending migrations, if any: no other version of the server uses the database of a demo."""
    plan = load_plan(settings, contract=True)
    if plan is not None and plan.steps:
        execute_plan(settings, plan)


async def _check_database(database: "Database", settings: "Settings") -> dict[str, DemoUser]:
    """Return the demo users, if they exist. In production, raises RoleBypassesRls if the role bypasses the policies,
    and CommandFailed if a superuser has a published password."""
    is_production = settings.environment == "production"
    async with database.read_engine.connect() as connection:
        await warn_of_pooler(connection, settings)
        if is_production:  # in development the application logs a warning at start-up
            await check_database_role(connection, production=is_production)
            await forbid_demo_superusers(connection, settings)
        return await find_demo_users(connection)


async def warn_of_pooler(connection: "AsyncConnection", settings: "Settings") -> None:
    """Log a warning if a pooler answers that the URL does not mention. In session mode that is correct."""
    is_unexpected = settings.database.dialect == "postgresql" and not settings.database.shares_sessions
    if is_unexpected and await is_behind_pooler(connection):
        logger.warning("A connection pooler answers. Unless it is in session mode, %s.", POOLER_REMEDY)


def print_banner(settings: "Settings", url: str, demo_users: Mapping[str, DemoUser]) -> None:
    """Print the URL of the server and the demo logins, in development only."""
    if settings.environment != "development":
        return
    typer.echo(f"Starting Allotment at {url}/graphql")
    if settings.graphiql and not (CONSOLE_DIST / "index.html").exists():
        typer.echo("  The console is not built: `make console` builds it, even while the server runs.")
    elif settings.graphiql:
        typer.echo("  Open this address in a browser to use the console.")
    if demo_users:
        _print_demo_logins(demo_users)


def _print_demo_logins(demo_users: Mapping[str, DemoUser]) -> None:
    typer.echo(f"  Sign in with the password {PASSWORD} as")
    for email, user in demo_users.items():
        typer.echo(f"    {email:<20} {user.description}")
