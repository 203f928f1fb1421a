"""`allotment migrate`."""

import typer


def migrate() -> None:
    """Bring the database up to date.

    \b
    allotment migrate
    DATABASE_URL=postgresql://… allotment migrate
    """
    from server.cli.migrating import bring_up_to_date, revision_of
    from server.settings import load_settings

    settings = load_settings()
    before = revision_of(settings)
    if not bring_up_to_date(settings, before):
        typer.echo(f"The database is up to date: {before}.")
