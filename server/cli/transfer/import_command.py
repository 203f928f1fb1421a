"""`allotment import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed
from server.cli.transfer.file_format import FileFormat

if TYPE_CHECKING:
    from server.cli.transfer.import_options import ImportResult

FILE_HELP = "The file, or - for standard input."
ERRORS_HELP = "Where rejected rows are written.  [FILE with .errors before its ending]"


def import_rows(  # noqa: PLR0913, PLR0917 -- the options of the command
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILE_HELP)],
    type_: Annotated[str, typer.Option("--type", metavar="NOUN", help="What the rows are, such as task.")],
    tenant: Annotated[str, typer.Option(metavar="SLUG", help="The tenant that they are created in.")],
    email: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Act as this user.")] = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="The format.  [by the file's ending]")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, max=1000, help="The number of rows in a transaction.")] = 1000,
    errors: Annotated[Path | None, typer.Option(metavar="FILE", help=ERRORS_HELP)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all rows and write none.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue after the last committed chunk.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Import the file again, from its beginning.")] = False,
) -> None:
    """Create the rows of a CSV or JSON Lines file. The exit code is 1 if some were rejected.

    Each chunk is a transaction. After an interruption, the same command with --resume imports the remaining rows.

    \b
    allotment import tasks.csv --type task --tenant demo --dry-run
    allotment import tasks.csv --type task --tenant demo --as owner@demo.test
    allotment import - --format jsonl --type worker --tenant demo < workers.jsonl
    """
    if resume and (restart or dry_run):
        raise CommandFailed("--resume: Pass it without --restart and --dry-run.")
    from server.cli.transfer.import_options import ImportOptions
    from server.cli.transfer.importing import run_import

    options = ImportOptions(file, type_, tenant, email, file_format, chunk, errors, dry_run, resume, restart)
    try:
        result = run_import(options)
    except KeyboardInterrupt:
        hint = "" if dry_run else " The same command with --resume imports the remaining rows."
        typer.echo(f"Interrupted.{hint}", err=True)
        raise typer.Exit(130) from None
    _print_result(result, dry_run=dry_run)
    if result.rejected:
        raise typer.Exit(1)


def _print_result(result: "ImportResult", *, dry_run: bool) -> None:
    done, rejected = ("would be imported", "would be") if dry_run else ("imported", "were")
    typer.echo(f"Rows {done}: {result.accepted:,}.")
    if result.skipped:
        typer.echo(f"Rows that an earlier run had imported or rejected: {result.skipped:,}.")
    if result.rejected:
        typer.echo(f"Rows that {rejected} rejected: {result.rejected:,}; see {result.errors}.", err=True)
