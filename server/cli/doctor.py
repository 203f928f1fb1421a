"""`allotment doctor`."""

import typer


def doctor() -> None:
    """Say what to mend before the server runs well.

    Exits with 1 if something is broken (✗); what could be better (!) is only mentioned.
    """
    from server.cli.checks.all import findings

    found = findings()
    for finding in found:
        typer.echo(str(finding))
    broken = sum(finding.is_broken for finding in found)
    if broken:
        typer.echo(f"{broken} to mend.", err=True)
        raise typer.Exit(1)
