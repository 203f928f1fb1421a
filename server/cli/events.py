"""`allotment events`: verify and rebuild the accounts of the ledger, tenant by tenant and account by account."""

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.authentication import SystemCredentials
    from database.engine import Database
    from server.config.settings import Settings
    from services.core.unit_of_work import UnitOfWork

events = typer.Typer(help="Verify and rebuild stored state that is derived from events.", no_args_is_help=True)

Result = TypeVar("Result")
AccountAction = Callable[["UnitOfWork", UUID], Awaitable[Result]]
_TenantOption = Annotated[str | None, typer.Option(metavar="SLUG", help="Only this tenant; by default all tenants.")]


@events.command()
def verify(tenant: _TenantOption = None) -> None:
    """Compare every account with its events. Lists the differences; the exit code is 1 if there are any.

    \b
    allotment events verify
    """
    from server.config.settings import load_settings

    differences = list_differences(load_settings(), tenant)
    for difference in differences:
        typer.echo(difference)
    if differences:
        typer.echo(f"Differences from the events: {len(differences)}. Rebuild with: allotment events rebuild", err=True)
        raise typer.Exit(1)
    typer.echo("Everything matches its events.")


@events.command()
def rebuild(tenant: _TenantOption = None) -> None:
    """Rebuild every account and its snapshots from its events. The server can run at the same time.

    \b
    allotment events rebuild --tenant demo-gardens
    """
    from server.config.settings import load_settings

    rebuilt, differing = rebuild_accounts(load_settings(), tenant)
    typer.echo(f"Rebuilt {rebuilt:,} accounts; {differing:,} of them differed from their events.")


def list_differences(settings: "Settings", slug: str | None) -> list[str]:
    """List the differences between stored state and events, each prefixed with the slug of its tenant."""
    from server.cli.database import run_with_database
    from services.core.use_case import run_use_case
    from services.ledger import verification

    async def verify(database: "Database") -> list[str]:
        differences = []
        for name, tenant in (await load_tenants(database, slug)).items():
            reports = await _for_each_account(database, name, tenant, verification.verify_account)
            reports.append(await run_use_case(database, tenant, verification.verify_transfers))
            differences += [f"{name}: {difference}" for report in reports for difference in report]
        return differences

    return run_with_database(settings, verify)


def rebuild_accounts(settings: "Settings", slug: str | None) -> tuple[int, int]:
    """Rebuild the accounts; return how many were rebuilt, and how many of them differed from their events."""
    from server.cli.database import run_with_database
    from services.ledger import verification

    async def rebuild(database: "Database") -> tuple[int, int]:
        has_differed: list[bool] = []
        for name, tenant in (await load_tenants(database, slug)).items():
            has_differed += await _for_each_account(database, name, tenant, verification.rebuild_account)
        return len(has_differed), sum(has_differed)

    return run_with_database(settings, rebuild)


async def load_tenants(database: "Database", slug: str | None) -> "dict[str, SystemCredentials]":
    """Load the credentials to act in each tenant, by its slug, without those whose data is imported or erased. Raises
    CommandFailed if the tenant does not exist, or is one of these."""
    from sqlalchemy import and_, select

    from database.authentication import SystemCredentials
    from models import Tenant
    from models.relations import table_of

    table = table_of(Tenant)
    is_complete = and_(table.c.locked_at.is_(None), table.c.erased_at.is_(None))
    statement = select(table.c.slug, table.c.id, is_complete.label("is_complete")).order_by(table.c.slug)
    if slug is not None:
        statement = statement.where(table.c.slug == slug)
    async with database.read_engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    if slug is not None and not rows:
        raise CommandFailed(f"tenant: There is no tenant {slug}.")
    if slug is not None and not rows[0].is_complete:
        raise CommandFailed(f"tenant: The data of {slug} was erased, or a command imports or erases it.")
    return {row.slug: SystemCredentials(tenant_id=row.id) for row in rows if row.is_complete}


async def _for_each_account(
    database: "Database", name: str, tenant: "SystemCredentials", action: AccountAction[Result]
) -> list[Result]:
    """Run the action for each account of a tenant, each in a unit of work of its own."""
    from services.core.use_case import run_use_case
    from services.ledger import verification

    ids = await run_use_case(database, tenant, verification.list_account_ids)
    results: list[Any] = []
    with typer.progressbar(ids, label=name, hidden=not sys.stdout.isatty()) as progress:
        for id in progress:
            results += [await run_use_case(database, tenant, partial(_run_action, action, id))]
    return results


async def _run_action(action: AccountAction[Result], id: UUID, work: "UnitOfWork") -> Result:
    return await action(work, id)
