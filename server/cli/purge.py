"""`allotment purge-inactive`."""

import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from database.engine import Database
    from services.people.administration import PurgeResult


def purge_inactive(
    before: Annotated[
        datetime.datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Users last changed before this day (UTC)."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Delete the users; without it they are only counted.")] = False,
) -> None:
    """Delete users who have been inactive since before a day. Their records remain, without personal data.

    Without --yes the command counts these users and changes nothing. The last owner of a tenant is skipped.

    \b
    allotment purge-inactive --before 2026-01-01
    allotment purge-inactive --before 2026-01-01 --yes
    """
    result = purge_in_batches(before.replace(tzinfo=datetime.UTC), dry_run=not yes)
    for email in result.skipped:
        typer.echo(f"Skipped {email}, the last owner of a tenant.")
    if yes:
        typer.echo(f"Deleted {_format_user_count(result.deleted)}.")
    else:
        typer.echo(f"{_format_user_count(result.deleted)} would be deleted. Nothing was changed; add --yes to delete.")


def purge_in_batches(before: datetime.datetime, *, dry_run: bool) -> "PurgeResult":
    """Delete or count the users in batches of one transaction each, so that no transaction locks all of them."""
    from models.ids import NIL_UUID
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.people.administration import PurgeResult

    async def purge(database: "Database") -> PurgeResult:
        after: UUID | None = NIL_UUID
        deleted, skipped = 0, list[str]()
        while after is not None:
            batch = await _purge_batch(database, before, after, dry_run=dry_run)
            after, deleted, skipped = batch.last_id, deleted + batch.deleted, skipped + batch.skipped
        return PurgeResult(None, deleted, skipped)

    return run_with_database(load_settings(), purge)


async def _purge_batch(database: "Database", before: datetime.datetime, after: UUID, *, dry_run: bool) -> "PurgeResult":
    from database.authentication import Credentials
    from services.core.use_case import run_use_case
    from services.people import administration

    return await run_use_case(
        database,
        Credentials(),
        lambda work: administration.purge_inactive(work, before, after, dry_run=dry_run),
    )


def _format_user_count(count: int) -> str:
    return f"{count:,} user{'' if count == 1 else 's'}"
