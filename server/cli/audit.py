"""`allotment audit`: delete old entries of the audit, and the contents of the entries of an object."""

import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.engine import Database
    from server.config.settings import Settings

audit = typer.Typer(help="Delete old entries of the audit, or the contents of entries.", no_args_is_help=True)


@audit.command()
def prune(
    before: Annotated[
        datetime.datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Entries from before this day (UTC)."),
    ],
    tenant: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this tenant; by default all.")] = None,
) -> None:
    """Delete the entries from before a day. Objects that existed then get a baseline, so that later states are known.

    Entries younger than AUDIT_KEEP_DAYS, and those that the change feed retains (CHANGES_KEEP_DAYS), are never
    deleted. Run it as the role that migrates the database.

    \b
    allotment audit prune --before 2025-01-01
    """
    from models.base import utc_now
    from server.config.settings import load_settings
    from services.core.change_feed import GRACE_TIME

    settings, time = load_settings(), before.replace(tzinfo=datetime.UTC)
    retention = datetime.timedelta(days=settings.changes_keep_days) + 2 * GRACE_TIME
    latest, name = min(
        (utc_now() - datetime.timedelta(days=settings.audit_keep_days), f"AUDIT_KEEP_DAYS={settings.audit_keep_days}"),
        (utc_now() - retention, f"CHANGES_KEEP_DAYS={settings.changes_keep_days}"),
    )
    if time > latest:
        raise CommandFailed(f"before: {name} protects entries since {latest:%Y-%m-%d}.")
    for slug, number in prune_tenants(settings, tenant, time).items():
        typer.echo(f"{slug}: deleted {number:,} entries.")


@audit.command()
def purge(
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the object, such as order_….")],
    tenant: Annotated[str, typer.Option(metavar="SLUG", help="The tenant of the object.")],
) -> None:
    """Remove the contents of all entries of an object: its fields before and after each change.

    \b
    allotment audit purge worker_01a1fcdc9faf7228bfeae0fdbde1ef92 --tenant demo
    """
    from models.ids import parse_any_id
    from server.config.settings import load_settings

    number = purge_entries(load_settings(), tenant, parse_any_id(id))
    if not number:
        raise CommandFailed(f"id: The audit has no entries of {id} in the tenant {tenant}.")
    typer.echo(f"Removed the contents of {number:,} entries.")


def prune_tenants(settings: "Settings", slug: str | None, before: datetime.datetime) -> dict[str, int]:
    """Delete the entries of the tenants, and return their number by slug."""
    from server.audit_pruning import prune_tenant
    from server.cli.database import run_with_database
    from server.cli.events import load_tenants

    async def prune_all(database: "Database") -> dict[str, int]:
        tenants = {name: credentials.tenant_id for name, credentials in (await load_tenants(database, slug)).items()}
        return {name: await prune_tenant(database, id, before) for name, id in tenants.items() if id is not None}

    return run_with_database(settings, prune_all)


def purge_entries(settings: "Settings", slug: str, object_id: UUID) -> int:
    """Remove the contents of an object's entries, and return their number."""
    from server.audit_pruning import purge_object
    from server.cli.database import run_with_database
    from server.cli.events import load_tenants

    async def purge_one(database: "Database") -> int:
        tenant_id = (await load_tenants(database, slug))[slug].tenant_id
        async with database.write_engine.begin() as connection:
            if tenant_id is None:
                return 0
            return await purge_object(connection, tenant_id, object_id, database.log_order)

    return run_with_database(settings, purge_one)
