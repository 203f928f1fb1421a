"""`allotment tenant erase`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from database.engine import Database
    from server.config.settings import Settings

MARGIN_SECONDS = 5.0
"""How much longer than a request older transactions are awaited."""


def erase(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The tenant.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the slug.")] = False,
) -> None:
    """Delete all data of a tenant for good: rows, events, audit and change feed. This cannot be undone.

    The tenant is closed first. Its members keep their accounts, and no other tenant can take its slug. Servers can run
    at the same time. After an interruption, the same command continues. Run it as the role that migrates the database.

    \b
    allotment tenant erase demo
    """
    from server.config.settings import load_settings

    settings = load_settings()
    tenant, counts = load_counts(settings, slug)
    total = sum(counts.values())
    if tenant.erased_at is not None and total <= 1:  # the entry that it was erased
        typer.echo(f"The tenant {slug} is erased.")
        return
    typer.echo(f"{tenant.name} ({slug}): {total:,} rows. Export it first if it may be needed again.")
    _confirm(slug, yes=yes)
    erase_tenant(settings, tenant.id, counts)
    typer.echo(
        f"Erased the tenant {slug}. Backups and the write-ahead log still contain its data until they are removed."
    )


def _confirm(slug: str, *, yes: bool) -> None:
    """Raise CommandFailed unless the operator types the slug."""
    if yes:
        return
    if not _has_terminal():
        raise CommandFailed("There is no terminal to ask for confirmation: add --yes.")
    if typer.prompt("Type the slug to erase it for good").strip() != slug:
        raise CommandFailed("That is another slug. Nothing was changed.")


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def load_counts(settings: "Settings", slug: str) -> "tuple[Any, Mapping[str, int]]":
    """Return the row of a tenant, and how many rows each table has. Raises CommandFailed if there is no such tenant."""
    from server.cli.database import run_with_database
    from server.tenant_data.erasing import check_owner, count_rows
    from server.tenant_data.transactions import find_tenant

    async def load(database: "Database") -> "tuple[Any, Mapping[str, int]]":
        await check_owner(database)
        async with database.read_engine.connect() as connection:
            tenant = await find_tenant(connection, slug)
        if tenant is None:
            raise CommandFailed(f"There is no tenant {slug}.")
        return tenant, await count_rows(database, tenant.id)

    return run_with_database(settings, load)


def erase_tenant(settings: "Settings", tenant_id: Any, counts: "Mapping[str, int]") -> None:
    """Erase a tenant."""
    from server.cli.database import run_with_database
    from server.cli.tenant.progress import TableProgress
    from server.tenant_data.erasing import begin_erasure, erase_rows, wait_for_transactions

    progress = TableProgress("Erased")

    async def run(database: "Database") -> None:
        erasure = await begin_erasure(database, tenant_id)
        running = await wait_for_transactions(database, settings.request_timeout + MARGIN_SECONDS)
        if running:
            typer.echo(f"{running:,} older transactions still run. They are no requests of a server.", err=True)
        await erase_rows(erasure, counts, progress.begin, progress.add)

    try:
        run_with_database(settings, run)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The tenant stays closed; the same command erases the remaining rows.", err=True)
        raise typer.Exit(130) from None
    finally:
        progress.end()
