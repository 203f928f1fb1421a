"""Adds a noun: writes the files, generates the others, and restores everything if a step fails."""

import os
import subprocess
import sys
from pathlib import Path

from server.cli.add_noun.declaration import NounDeclaration
from server.cli.add_noun.file_changes import FileChanges
from server.cli.errors import CommandFailed

VERSIONS = Path("migrations/versions")
SCHEMA_FILE = "schema.graphql"
MAX_ERROR_LINES = 5


def add_noun(noun: NounDeclaration, changes: FileChanges, root: Path) -> list[str]:
    """Write all files and return their paths. Raises CommandFailed, after restoring the files, if a step fails."""
    before = _list_migrations(root)
    try:
        changes.write()
        schema = _generate_derived_files(noun, root)
        changes.set(SCHEMA_FILE, schema)
        changes.write()
    except BaseException as error:
        changes.roll_back()
        for path in _list_migrations(root) - before:
            (root / path).unlink()
        if isinstance(error, CommandFailed | OSError):
            raise CommandFailed(f"{error}\nEverything that was written has been rolled back.") from None
        raise
    return [*changes.texts, *(_list_migrations(root) - before)]


def next_revision(root: Path) -> str:
    """Return the number of the next migration. Raises CommandFailed if the newest one has no number."""
    from server.database_revision import head_revision

    newest = head_revision()
    if not newest.isdecimal():
        raise CommandFailed(f"The newest revision in {root / VERSIONS} is {newest}, which is not a number.")
    return f"{int(newest) + 1:0{len(newest)}}"


def next_migration(noun: NounDeclaration, root: Path) -> str:
    """Return the path of the migration, without the date."""
    return f"{VERSIONS}/…_{next_revision(root)}_{noun.plural_words.replace(' ', '_')}.py"


def _generate_derived_files(noun: NounDeclaration, root: Path) -> str:
    """Generate the migration, and return the new schema."""
    tables = (noun.table, *(noun.link_table(link) for link in noun.links))
    message = noun.plural_words.capitalize()
    arguments = ["-m", "server.cli.add_noun.derived_files", next_revision(root), message, *tables]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    completed = subprocess.run(  # noqa: S603 -- our own arguments
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if completed.returncode:
        lines = [line for line in completed.stderr.splitlines() if line.strip()]
        raise CommandFailed("\n".join(["The code of the noun cannot be used:", *lines[-MAX_ERROR_LINES:]]))
    return completed.stdout


def _list_migrations(root: Path) -> set[str]:
    return {file.relative_to(root).as_posix() for file in (root / VERSIONS).glob("*.py")}
