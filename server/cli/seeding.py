"""Filling the database of the settings with made-up data."""

import sys
from time import perf_counter

import typer

from server.cli.commands import Failed
from server.cli.database import require_no_production, run
from server.database import Database
from server.seed.bench import bench_tenants, remove_bench, seed_bench
from server.seed.demo import seed_demo
from server.seed.plot import Size
from server.settings import Settings
from services.passwords import Passwords


def load_demo(settings: Settings) -> bool:
    """Load the demo, unless it is there; whether it was loaded."""
    require_no_production(settings, "The demo")
    loaded = run(settings, lambda database: seed_demo(database, Passwords(settings.bcrypt_rounds)))
    if loaded:
        typer.echo("Loaded the demo data.")
    return loaded


def load_bench(settings: Settings, scale: float, *, replace: bool) -> None:
    """Load the large set; Failed when it is there, unless it may be replaced."""
    require_no_production(settings, "The set to measure on")
    size, began = Size().scaled(scale), perf_counter()

    async def load(database: Database) -> None:
        if found := await bench_tenants(database):
            if not replace:
                raise Failed(f"{len(found)} bench tenants are there already; replace them with --force.")
            await remove_bench(database)
        hidden = not sys.stdout.isatty()
        with typer.progressbar(length=size.rows, label="Rows", hidden=hidden, update_min_steps=1000) as progress:
            await seed_bench(database, Passwords(settings.bcrypt_rounds), size, progress.update)

    run(settings, load)
    typer.echo(f"Loaded {size.rows:,} rows for {size.tenants} tenants in {perf_counter() - began:.1f} s.")
