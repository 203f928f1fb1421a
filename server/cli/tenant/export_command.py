"""`allotment tenant export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import ExitStack
    from typing import IO

    from database.engine import Database

OUTPUT_HELP = "The file. The endings .gz and .zst compress it.  [standard output]"


def export(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The tenant.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help=OUTPUT_HELP)] = None,
) -> None:
    """Write all data of a tenant to a file, from one snapshot of the database. Servers can run at the same time.

    The file contains neither passwords nor other secrets, but personal data: store it like a backup.

    \b
    allotment tenant export demo --output demo.jsonl.zst
    """
    from server.cli.tenant.progress import TableProgress

    progress = TableProgress("Exported")
    run_export(slug, output, progress)
    typer.echo(f"Exported {progress.end():,} rows of the tenant {slug}.", err=True)


def run_export(slug: str, output: Path | None, progress: "TableProgress") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Export a tenant to a file, or to standard output."""
    from contextlib import ExitStack

    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from server.tenant_data.exporting import export_tenant

    async def run(database: "Database") -> None:
        with ExitStack() as stack:
            await export_tenant(database, slug, lambda: _open(output, stack), progress.begin, progress.add)

    run_with_database(load_settings(), run)


def _open(output: Path | None, stack: "ExitStack") -> "IO[bytes]":
    """Open the file, or standard output, until the stack is closed."""
    import sys

    from server.tenant_data.files import create_file

    if output is not None:
        return stack.enter_context(create_file(output))
    stack.callback(sys.stdout.buffer.flush)
    return sys.stdout.buffer
