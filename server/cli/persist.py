"""`allotment persist`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from database.engine import Database
    from services.core.persisted_documents import NewDocument

MAX_LISTED = 20


def persist(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]…", help="Manifests of clients.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the documents against the schema.")] = False,
    show: Annotated[bool, typer.Option("--list", help="Print the ids of all registered documents.")] = False,
    remove: Annotated[list[str] | None, typer.Option(metavar="ID", help="Remove a document; repeatable.")] = None,
) -> None:
    """Register the documents of clients, which can then be sent by their ids.

    Reads the manifests that Relay's compiler, Apollo's generate-persisted-query-manifest and GraphQL Code Generator
    write. Registers all documents or none: each must be valid for the schema, and no id may have another text already.

    \b
    allotment persist persisted-documents.json
    allotment persist --list
    allotment persist --remove 7dba4bd717b41f10434822356a93c32b
    """
    if sum(map(bool, (files, show, remove))) != 1 or (check and not files):
        raise typer.BadParameter("Give manifests, or --list, or --remove.")
    if files:
        _persist_files(files, check_only=check)
    elif remove:
        _remove(remove)
    else:
        _print_ids()


def _persist_files(files: list[Path], *, check_only: bool) -> None:
    from server.cli.manifests import read_manifest

    documents = _unite([document for file in files for document in read_manifest(file)])
    _check_documents(documents)
    if check_only:
        typer.echo(f"{_count(documents)} valid. Nothing was registered.")
        return
    added = _register(documents)
    typer.echo(f"Registered {_count(added)}; {len(documents) - len(added):,} were registered before.")


def _unite(documents: "list[NewDocument]") -> "list[NewDocument]":
    """Return each document once. Raises CommandFailed if an id has two texts."""
    texts: dict[str, NewDocument] = {}
    for document in documents:
        if texts.setdefault(document.id, document) != document:
            raise CommandFailed(f"The id {document.id} has different documents in the manifests.")
    return list(texts.values())


def _check_documents(documents: "list[NewDocument]") -> None:
    """Check the documents as the server does. Raises CommandFailed, after printing the errors."""
    from server.cli.document_check import find_errors

    errors = find_errors(documents)
    for line in errors[:MAX_LISTED]:
        typer.echo(line, err=True)
    if errors:
        raise CommandFailed(f"{_count(errors)} invalid. Nothing was registered.")


def _register(documents: "list[NewDocument]") -> list[str]:
    from database.authentication import Credentials
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.persisted_documents import register
    from services.core.unit_of_work import UnitOfWork
    from services.core.use_case import run_use_case

    async def register_all(work: UnitOfWork) -> list[str]:
        result = await register(work, documents)
        if result.conflicting:
            ids = ", ".join(result.conflicting[:MAX_LISTED])
            raise CommandFailed(f"These ids are registered with other texts: {ids}. Nothing was registered.")
        return result.added

    async def run(database: "Database") -> list[str]:
        return await run_use_case(database, Credentials(), register_all)

    return run_with_database(load_settings(), run)


def _remove(ids: list[str]) -> None:
    from database.authentication import Credentials
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core import persisted_documents
    from services.core.use_case import run_use_case

    async def run(database: "Database") -> list[str]:
        return await run_use_case(database, Credentials(), lambda work: persisted_documents.remove(work, ids))

    removed = run_with_database(load_settings(), run)
    typer.echo(f"Removed {_count(removed)}.")
    if missing := sorted(set(ids) - set(removed)):
        raise CommandFailed(f"Not registered: {', '.join(missing)}.")


def _print_ids() -> None:
    from database.authentication import Credentials
    from database.reader import Reader
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.persisted_documents import list_ids

    async def load(database: "Database") -> list[str]:
        reader = Reader(database, Credentials())
        try:
            return await list_ids(reader)
        finally:
            await reader.close()

    for id in run_with_database(load_settings(), load):
        typer.echo(id)


def _count(documents: "Sequence[object]") -> str:
    return f"{len(documents):,} document{'' if len(documents) == 1 else 's'}"
