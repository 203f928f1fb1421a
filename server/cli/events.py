"""`allotment events`."""

from typing import Annotated

import typer

events = typer.Typer(help="Hold what is stored against the events that led to it.", no_args_is_help=True)
_Tenant = Annotated[str | None, typer.Option(metavar="SLUG", help="This tenant only, not all of them.")]


@events.command()
def verify(tenant: _Tenant = None) -> None:
    """Compare every account with its events. Says what has drifted; the exit code is 1 if anything has.

    \b
    allotment events verify
    """
    from server.cli.ledger import drifts
    from server.settings import load_settings

    found = drifts(load_settings(), tenant)
    for each in found:
        typer.echo(each)
    if found:
        typer.echo(f"{len(found)} drifted. Rebuild with: allotment events rebuild", err=True)
        raise typer.Exit(1)
    typer.echo("Everything is what its events come to.")


@events.command()
def rebuild(tenant: _Tenant = None) -> None:
    """Make every account anew from its events, snapshots included. The server may run meanwhile.

    \b
    allotment events rebuild --tenant demo-gardens
    """
    from server.cli.ledger import rebuilt
    from server.settings import load_settings

    number, drifted = rebuilt(load_settings(), tenant)
    typer.echo(f"Rebuilt {number:,} accounts; {drifted:,} of them had drifted.")
