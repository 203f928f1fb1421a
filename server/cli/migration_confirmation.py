"""The confirmation that `allotment migrate` asks for in production."""

import sys
from shlex import join, quote
from typing import TYPE_CHECKING

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from server.cli.migration_plan import MigrationPlan
    from server.config.database_url import DatabaseUrl


SUPERUSER = "postgres"
"""The usual name."""


def confirm(database: "DatabaseUrl", plan: "MigrationPlan", *, yes: bool) -> None:
    """Print what cannot be undone and how to back up. Raises CommandFailed unless the operator agrees."""
    if irreversible := plan.irreversible():
        typer.echo(f"Cannot be undone, because they may remove data: {', '.join(irreversible)}.")
    else:
        typer.echo(
            "None of them removes data. A downgrade would remove what has been written to new tables and columns."
        )
    role = "" if database.dialect == "sqlite" else ", as a superuser or a role with BYPASSRLS"
    typer.echo(f"Back up first{role}, for example: {backup_command(database, str(plan.current))}")
    if yes:
        return
    if not _has_terminal():
        raise CommandFailed("This is production, and there is no terminal to ask for confirmation: add --yes.")
    if not typer.confirm("Run them on the production database?"):
        raise CommandFailed("Nothing was changed.")


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def backup_command(database: "DatabaseUrl", revision: str) -> str:
    """Return a command that backs up the database; pg_dump asks for the password, or reads it from ~/.pgpass.

    It names a superuser: row-level security applies to the role of the server, so pg_dump would stop with an error."""
    url = database.url
    if database.dialect == "sqlite":
        return f"sqlite3 {quote(str(url.database))} \"VACUUM INTO 'before-migration-of-{revision}.db'\""
    host, port = _choose_host(database)
    options = {"host": host, "port": port, "username": SUPERUSER}
    given = [f"--{name}={value}" for name, value in options.items() if value]
    return join(
        ["pg_dump", "--format=custom", f"--file=before-migration-of-{revision}.dump", *given, url.database or ""]
    )


def _choose_host(database: "DatabaseUrl") -> tuple[str, int | None]:
    """Return the host and port that were connected to last; the first ones if there are several and none was."""
    from database.hosts import HostConnector
    from server.cli.checks.hosts import list_hosts

    if "host" not in database.url.query:
        return database.url.host or "localhost", database.url.port
    connector = database.connect_args.get("async_creator_fn")
    last = connector.last if isinstance(connector, HostConnector) else None
    return last or list_hosts(database)[0]
