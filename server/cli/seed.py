"""`allotment seed`."""

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.engine import Database
    from server.config.settings import Settings


def seed(
    bench: Annotated[bool, typer.Option("--bench", help="Load the benchmark data instead of the demo data.")] = False,
    force: Annotated[bool, typer.Option("--force", help="With --bench: replace existing benchmark data.")] = False,
    scale: Annotated[float, typer.Option(hidden=True, min=0.001, max=100.0)] = 1.0,
) -> None:
    """Load the demo data, unless they exist. With --bench, load ten tenants with 100,000 tasks instead.

    \b
    allotment seed
    allotment seed --bench --force
    """
    from server.config.settings import load_settings

    if force and not bench:
        raise typer.BadParameter("requires --bench; demo data are never replaced.", param_hint="--force")
    settings = load_settings()
    if bench:
        load_bench(settings, scale, replace=force)
    elif not load_demo(settings):
        typer.echo("The demo data exist already.")


def load_demo(settings: "Settings") -> bool:
    """Load the demo data; return False if they exist already."""
    from server.cli.database import forbid_in_production, run_with_database
    from server.seed.demo import seed_demo
    from services.people.passwords import Passwords

    forbid_in_production(settings, "The demo")
    is_loaded = run_with_database(settings, lambda database: seed_demo(database, Passwords(settings.bcrypt_rounds)))
    if is_loaded:
        typer.echo("Loaded the demo data.")
    return is_loaded


def load_bench(settings: "Settings", scale: float, *, replace: bool) -> None:
    """Load the benchmark data. Raises CommandFailed if they exist already and `replace` is false."""
    from server.cli.database import forbid_in_production, run_with_database
    from server.seed.bench import delete_bench, list_bench_tenants, seed_bench
    from server.seed.tenant_rows import DatasetSize
    from services.people.passwords import Passwords

    forbid_in_production(settings, "The benchmark data set")
    size, started_at = DatasetSize().scaled(scale), perf_counter()

    async def load(database: "Database") -> None:
        if tenants := await list_bench_tenants(database):
            if not replace:
                raise CommandFailed(f"{len(tenants)} benchmark tenants exist already; replace them with --force.")
            await delete_bench(database)
        hidden = not sys.stdout.isatty()
        with typer.progressbar(length=size.rows, label="Rows", hidden=hidden, update_min_steps=1000) as progress:
            await seed_bench(database, Passwords(settings.bcrypt_rounds), size, progress.update)

    run_with_database(settings, load)
    typer.echo(f"Loaded {size.rows:,} rows for {size.tenants} tenants in {perf_counter() - started_at:.1f} s.")
