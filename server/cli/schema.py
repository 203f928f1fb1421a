"""`allotment schema`."""

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from server.cli.errors import CommandFailed

MAX_DIFF_LINES = 40


def schema(
    check: Annotated[Path | None, typer.Option(metavar="FILE", help="Exit with 1 if this file is out of date.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the schema to this file.")] = None,
) -> None:
    """Print the GraphQL schema, as SDL.

    \b
    allotment schema --out schema.graphql
    allotment schema --check schema.graphql
    """
    from schema.schema import build_schema

    sdl = f"{build_schema().as_str()}\n"
    if check is not None:
        _check_file(check, sdl)
    elif out is not None:
        out.write_text(sdl, encoding="utf-8")
    else:
        typer.echo(sdl, nl=False)


def _check_file(file: Path, sdl: str) -> None:
    """Raise CommandFailed, after printing the first differences, unless the file contains exactly this schema."""
    remedy = f"If the change is intended, run: allotment schema --out {file}"
    if not file.exists():
        raise CommandFailed(f"{file} does not exist. Create it with: allotment schema --out {file}")
    content = file.read_text(encoding="utf-8", errors="replace")
    if content == sdl:
        return
    # keepends: a missing line break at the end of the file is a difference
    old, new = (text.splitlines(keepends=True) for text in (content, sdl))
    diff = [line.rstrip("\n") for line in unified_diff(old, new, str(file), "schema of the code", n=1)]
    typer.echo("\n".join(diff[:MAX_DIFF_LINES]), err=True)
    if len(diff) > MAX_DIFF_LINES:
        typer.echo(f"… and {len(diff) - MAX_DIFF_LINES:,} more lines", err=True)
    raise CommandFailed(f"{file} differs from the schema of the code. {remedy}")
