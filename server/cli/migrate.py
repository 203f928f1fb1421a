"""`allotment migrate`."""

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.engine import Database
    from server.cli.migration_plan import MigrationPlan
    from server.cli.migration_run import LockPolicy
    from server.config.settings import Settings


def migrate(
    contract: Annotated[
        bool, typer.Option("--contract", help="Also run the steps that servers of the previous version do not survive.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only print the pending steps.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation in production.")] = False,
    lock_timeout: Annotated[float, typer.Option(min=0.01, max=3600, help="Seconds to wait for a lock.")] = 2.0,
    attempts: Annotated[int, typer.Option(min=1, max=1000, help="How often a step tries to get its locks.")] = 10,
) -> None:
    """Migrate the database: run the pending steps that expand it.

    \b
    allotment migrate --plan
    allotment migrate
    allotment migrate --contract
    """
    from server.cli.migration_confirmation import confirm
    from server.cli.migration_run import LockPolicy
    from server.config.settings import load_settings

    settings = load_settings()
    pending = load_plan(settings, contract=contract)
    if pending is None:
        return
    if plan:
        _print_steps(pending)
        return
    if pending.steps and not pending.is_new_database:
        _print_steps(pending)
        if settings.environment == "production":
            confirm(settings.database, pending, yes=yes)
    execute_plan(settings, pending, LockPolicy(lock_timeout, attempts))


def load_plan(settings: "Settings", *, contract: bool) -> "MigrationPlan | None":
    """Plan the migration of the database; None, with a message, if a newer version has migrated it compatibly.

    Raises CommandFailed if another program or an incompatible version has.
    """
    from server.cli.database import run_with_database
    from server.cli.migration_plan import plan_migrations
    from server.database_revision import current_revision, load_applied_phases
    from server.migration_history import IncompatibleDatabase, load_history

    async def load(database: "Database") -> tuple[str | None, dict[str, str]]:
        async with database.read_engine.connect() as connection:
            revision = await current_revision(connection)
            return revision, {} if history.knows(revision) else await load_applied_phases(connection)

    history = load_history()
    revision, applied = run_with_database(settings, load, allow_any_revision=True)
    if history.knows(revision):
        return plan_migrations(history, revision, contract=contract)
    try:
        history.check_unknown(str(revision), applied)
    except IncompatibleDatabase as error:
        raise CommandFailed(f"The database cannot be migrated: it {error}") from None
    typer.echo(f"A newer version has migrated the database: {revision}. This version is compatible with it.")
    return None


def execute_plan(settings: "Settings", plan: "MigrationPlan", policy: "LockPolicy | None" = None) -> None:
    """Run the steps of the plan, and print the result and what remains."""
    import logging

    from server.cli.migration_run import LockPolicy, run_plan

    logging.getLogger("alembic").setLevel(logging.WARNING)  # the lines below report the result
    if plan.steps:
        run_plan(settings.database_url.get_secret_value(), plan, policy or LockPolicy())
        typer.echo(f"Migrated the database: {plan.current or 'empty'} → {plan.steps[-1].revision}.")
        _distribute_new_tables(settings)
    elif not plan.remaining:
        typer.echo(f"The database is up to date: {plan.current}.")
    for line in plan.describe_remaining():
        typer.echo(line)


def _distribute_new_tables(settings: "Settings") -> None:
    """If Citus distributes the database, also distribute what the migrations have added."""
    from server.cli.database import run_with_database
    from server.distribution.distribute import redistribute

    async def run(database: "Database") -> None:
        await redistribute(database, typer.echo)

    if settings.database.dialect == "postgresql":
        run_with_database(settings, run, allow_any_revision=True)


def _print_steps(plan: "MigrationPlan") -> None:
    """Print the steps that the command runs, and those that it does not."""
    if not plan.steps and not plan.remaining:
        typer.echo(f"The database is up to date: {plan.current}.")
    if plan.steps:
        typer.echo(f"Pending steps, from {plan.current or 'an empty database'}:")
    for line in plan.describe(plan.steps):
        typer.echo(line)
    for line in plan.describe_remaining():
        typer.echo(line)
