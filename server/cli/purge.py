"""`allotment purge-inactive`."""

import datetime
from typing import Annotated

import typer


def purge_inactive(
    before: Annotated[
        datetime.datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Users untouched since before this day (UTC)."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; otherwise they are only counted.")] = False,
) -> None:
    """Delete the users who were made inactive before a day: what they did stays, and who they were is taken out.

    Without --yes it says how many they are, and changes nothing. The last owner of a tenant is left.

    \b
    allotment purge-inactive --before 2026-01-01
    allotment purge-inactive --before 2026-01-01 --yes
    """
    from server.cli.purging import purge

    purged = purge(before.replace(tzinfo=datetime.UTC), dry=not yes)
    for email in purged.left:
        typer.echo(f"{email} is the last owner of a tenant, and is left.")
    if yes:
        typer.echo(f"Deleted {_users(purged.deleted)}.")
    else:
        typer.echo(f"{_users(purged.deleted)} would be deleted. Nothing was changed: do it with --yes.")


def _users(number: int) -> str:
    return f"{number:,} user{'' if number == 1 else 's'}"
