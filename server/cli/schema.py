"""`allotment schema`."""

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from server.cli.commands import Failed


def schema(
    check: Annotated[Path | None, typer.Option(metavar="FILE", help="Exit with 1 if this file says otherwise.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to this file.")] = None,
) -> None:
    """Print the GraphQL schema, as SDL.

    \b
    allotment schema --out schema.graphql
    allotment schema --check schema.graphql
    """
    from schema.schema import make_schema

    sdl = f"{make_schema().as_str()}\n"
    if check is not None:
        _compare(check, sdl)
    elif out is not None:
        out.write_text(sdl, encoding="utf-8")
    else:
        typer.echo(sdl, nl=False)


def _compare(file: Path, sdl: str) -> None:
    """Failed, showing the differences, unless the file holds exactly this schema."""
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    if kept != sdl:
        changes = unified_diff(kept.splitlines(), sdl.splitlines(), str(file), "the code", lineterm="", n=1)
        typer.echo("\n".join(changes), err=True)
        raise Failed(f"{file} is not the schema of the code. If the change is meant: allotment schema --out {file}")
