"""`allotment seed`."""

from typing import Annotated

import typer


def seed(
    bench: Annotated[bool, typer.Option("--bench", help="A large set to measure on, and not the demo.")] = False,
    force: Annotated[bool, typer.Option("--force", help="With --bench: replace the set that is there.")] = False,
    scale: Annotated[float, typer.Option(hidden=True, min=0.001, max=100.0)] = 1.0,
) -> None:
    """Load the demo, unless it is there. With --bench, load ten tenants with 100,000 tasks instead.

    \b
    allotment seed
    allotment seed --bench --force
    """
    from server.cli import seeding
    from server.settings import load_settings

    if force and not bench:
        raise typer.BadParameter("replaces what --bench made; the demo is never replaced.", param_hint="--force")
    settings = load_settings()
    if bench:
        seeding.load_bench(settings, scale, replace=force)
    elif not seeding.load_demo(settings):
        typer.echo("The demo data are there already.")
