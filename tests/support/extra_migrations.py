"""Migrations that only a test has, after the newest one of the checkout."""

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command

from server.database_revision import alembic_config
from server.migration_history import VERSION_FOLDERS, load_history

_MODULE = '''"""{title}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{predecessor}"
{body}
'''
POSTGRESQL_URL = "postgresql://lint@localhost/lint"


class ExtraMigrations:
    """Writes migrations into a folder, as those of a newer version. Other processes do not know them."""

    def __init__(self, folder: Path, predecessor: str) -> None:
        self._folder = folder
        self._base = self._newest = predecessor
        self._numbers = itertools.count(1)

    def add(self, body: str, title: str = "A change", revision: str | None = None) -> str:
        """Add a migration: its phase, `upgrade` and `downgrade`. Return its revision."""
        revision = revision or f"next_{next(self._numbers)}"
        self._write(_MODULE.format(title=title, revision=revision, predecessor=self._newest, body=body), revision)
        self._newest = revision
        return revision

    def replace(self, revision: str, body: str) -> None:
        """Give a migration another phase, `upgrade` and `downgrade`."""
        source = (self._folder / f"{revision}.py").read_text(encoding="utf-8")
        self._write(source.partition("phase = ")[0] + body, revision)

    def _write(self, source: str, revision: str) -> None:
        (self._folder / f"{revision}.py").write_text(source, encoding="utf-8")
        load_history.cache_clear()

    def added(self) -> list[str]:
        """Return the revisions, the oldest first."""
        return [migration.revision for migration in load_history().after(self._base)]

    def downgrade(self, url: str) -> None:
        """Revert them in this database, as far as they were applied."""
        command.downgrade(alembic_config(url), self._base)


@contextmanager
def version_folder(folder: Path) -> Iterator[ExtraMigrations]:
    """Let this process find migrations in a new folder too, within the block."""
    predecessor = load_history().newest
    folder.mkdir()
    VERSION_FOLDERS.append(folder)
    try:
        yield ExtraMigrations(folder, predecessor)
    finally:
        VERSION_FOLDERS.remove(folder)
        load_history.cache_clear()


@contextmanager
def old_version() -> Iterator[None]:
    """Let this process find only the migrations of the checkout within the block, as a server of the old version."""
    folders = VERSION_FOLDERS[1:]
    del VERSION_FOLDERS[1:]
    load_history.cache_clear()
    try:
        yield
    finally:
        VERSION_FOLDERS.extend(folders)
        load_history.cache_clear()


def print_sql(revision: str, predecessor: str, url: str = POSTGRESQL_URL) -> str:
    """Return the SQL of one migration."""
    config = alembic_config(url)
    config.output_buffer = output = io.StringIO()
    command.upgrade(config, f"{predecessor}:{revision}", sql=True)
    return output.getvalue()
