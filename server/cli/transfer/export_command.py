"""`allotment export`."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.transfer.file_format import FileFormat


def export_rows(
    type_: Annotated[str, typer.Option("--type", metavar="NOUN", help="What is exported, such as task.")],
    tenant: Annotated[str, typer.Option(metavar="SLUG", help="The tenant.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="The file.  [standard output]")] = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="The format.  [by the file's ending, or csv]")
    ] = None,
) -> None:
    """Write all tasks, workers, products or other objects of a tenant to a file that can be imported.

    \b
    allotment export --type task --tenant demo --output tasks.csv
    allotment export --type worker --tenant demo --format jsonl > workers.jsonl
    """
    from server.cli.transfer.exporting import run_export

    count = run_export(type_, tenant, output, file_format)
    typer.echo(f"Rows exported: {count:,}.", err=True)
