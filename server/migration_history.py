"""The migrations that this version of the code contains, and which states of a database it is compatible with.

A migration declares its phase. One that expands leaves servers of the previous version working; one that contracts
does not. So a server is compatible with a database that further expanding migrations have changed, also with those
that it does not know: the table `applied_migration` names the phases of all that were applied.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from server.config.paths import PROJECT_ROOT

BASELINE = "0017"
"""The newest migration before the first release. It and those before it have no phase: no server of them runs."""
VERSION_FOLDERS = [PROJECT_ROOT / "migrations" / "versions"]
"""The folders of migrations. Tests add one of their own."""
BEFORE_RELEASE, EXPAND, CONTRACT = "baseline", "expand", "contract"
_ASSIGNMENT = re.compile(r"""^(revision|down_revision|phase) = (?:["']([^"']*)["']|None)""", re.MULTILINE)


class IncompatibleDatabase(Exception):
    """The database lacks a migration that this version needs, or has one that it is not compatible with."""


@dataclass(frozen=True)
class Migration:
    """A file of migrations/versions. `phase` is None if the file does not declare one."""

    revision: str
    predecessor: str | None
    phase: str | None
    title: str


class MigrationHistory:
    """The migrations in their order."""

    def __init__(self, migrations: Sequence[Migration], baseline: str = BASELINE) -> None:
        by_predecessor = {migration.predecessor: migration for migration in migrations}
        self.migrations: list[Migration] = []
        predecessor = None
        while (migration := by_predecessor.pop(predecessor, None)) is not None:
            self.migrations.append(migration)
            predecessor = migration.revision
        if by_predecessor:
            unconnected = ", ".join(sorted(migration.revision for migration in by_predecessor.values()))
            raise ValueError(f"Migrations without a common history: {unconnected}")
        self._positions = {migration.revision: position for position, migration in enumerate(self.migrations)}
        self._baseline = self._positions.get(baseline, -1)

    @property
    def newest(self) -> str:
        """The revision of the newest migration."""
        return self.migrations[-1].revision

    def knows(self, revision: str | None) -> bool:
        """Return whether there is a migration with this revision. An empty database, None, is known."""
        return revision is None or revision in self._positions

    def phase(self, migration: Migration) -> str:
        """Return the phase. An undeclared one counts as contracting, which is the safe assumption."""
        if self._positions[migration.revision] <= self._baseline:
            return BEFORE_RELEASE
        return EXPAND if migration.phase == EXPAND else CONTRACT

    def after(self, revision: str | None) -> list[Migration]:
        """Return the migrations after this revision, which must be known."""
        return self.migrations if revision is None else self.migrations[self._positions[revision] + 1 :]

    def check_known(self, revision: str | None) -> None:
        """Raise IncompatibleDatabase if a database at this revision, which is known, lacks a migration that the code
        needs: all except those that contract."""
        if revision is None:
            raise IncompatibleDatabase("has no tables yet. Run `allotment migrate`, then start again.")
        phases = [(migration, self.phase(migration)) for migration in self.after(revision)]
        needed = [migration.revision for migration, phase in phases if phase != CONTRACT]
        if needed:
            command = "allotment migrate" if phases[0][1] != CONTRACT else "allotment migrate --contract"
            state = f"is at revision {revision}, and this version needs {needed[-1]}"
            raise IncompatibleDatabase(f"{state}. Run `{command}`, then start again.")

    def check_unknown(self, revision: str, applied: Mapping[str, str]) -> None:
        """Raise IncompatibleDatabase unless this version is compatible with a database at a revision that it does not
        know. `applied` are the phases of the migrations that were applied to it."""
        state = f"is at revision {revision}, which this version does not know"
        remedy = "Start the version that has it; its `allotment migrate` migrates the database."
        if revision not in applied:
            raise IncompatibleDatabase(f"{state}. {remedy}")
        unknown = [name for name, phase in applied.items() if name not in self._positions and phase != EXPAND]
        if unknown:
            raise IncompatibleDatabase(f"{state}, and not compatible with it since {min(unknown)}. {remedy}")
        missing = [
            migration.revision
            for migration in self.migrations
            if self.phase(migration) == EXPAND and migration.revision not in applied
        ]
        if missing:
            raise IncompatibleDatabase(f"{state}, and does not have {missing[0]}. {remedy}")


def read_migration(file: Path) -> Migration:
    """Read the declarations of a migration without importing it, so that the server needs no Alembic."""
    source = file.read_text(encoding="utf-8")
    declared = {name: value or None for name, value in _ASSIGNMENT.findall(source)}
    title = source.partition('"""')[2].partition("\n")[0].strip().removesuffix('"""')
    return Migration(str(declared["revision"]), declared.get("down_revision"), declared.get("phase"), title)


@cache
def load_history() -> MigrationHistory:
    """Read the migrations once per process: a new version may be installed while the server of the old one runs."""
    files = [file for folder in VERSION_FOLDERS for file in folder.glob("*.py")]
    return MigrationHistory([read_migration(file) for file in files])
