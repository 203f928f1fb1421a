"""Alembic's own commands, as a developer types them, in a copy of the checkout's migrations."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import main
from sqlalchemy import text

from server.checkout import CHECKOUT
from server.migrate import head
from tests.checks.conftest import MakeDatabase
from tests.checks.inventory import differences, inventory, read

Alembic = Callable[..., None]
NOTHING = ["def upgrade() -> None:", "    pass", "def downgrade() -> None:", "    pass"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The copy, where new revisions may be written."""
    shutil.copy(CHECKOUT / "alembic.ini", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "migrations", tmp_path / "migrations", ignore=ignored)
    return tmp_path


@pytest.fixture
def url(empty_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new database, which the environment names."""
    made = empty_database()
    monkeypatch.setenv("DATABASE_URL", made)
    monkeypatch.setenv("ALLOTMENT_ENV", "test")
    return made


@pytest.fixture
def alembic(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Alembic:
    """`alembic …` there; in this process, which has imported everything."""
    monkeypatch.chdir(folder)
    return lambda *arguments: main([*arguments], prog="alembic")


def new_revision(folder: Path) -> str:
    """What was written."""
    known = {file.name for file in (CHECKOUT / "migrations" / "versions").glob("*.py")}
    (written,) = (file for file in (folder / "migrations" / "versions").glob("*.py") if file.name not in known)
    return written.read_text()


def test_alembic_upgrades_and_downgrades(alembic: Alembic, url: str) -> None:
    alembic("upgrade", "head")
    there = inventory(url)
    assert "column task.title" in there
    assert read(url, lambda found: found.scalar(text("SELECT version_num FROM alembic_version"))) == head()
    alembic("downgrade", "-1")
    assert inventory(url) != there
    alembic("upgrade", "head")
    assert differences(there, inventory(url)) == []


def test_a_revision_without_changes_does_nothing(alembic: Alembic, url: str, folder: Path) -> None:
    alembic("upgrade", "head")
    alembic("revision", "--autogenerate", "-m", "Nothing")
    lines = [line for line in new_revision(folder).splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines[-4:] == NOTHING
    alembic("upgrade", "head")
    alembic("downgrade", "-1")


def test_all_tables_can_be_made_anew_by_autogenerate(
    alembic: Alembic, url: str, folder: Path, database_url: str
) -> None:
    """Policies, collations and checks included: a generated migration works as it is."""
    shutil.rmtree(folder / "migrations" / "versions")
    (folder / "migrations" / "versions").mkdir()
    alembic("revision", "--autogenerate", "-m", "Everything")
    alembic("upgrade", "head")
    assert differences(inventory(url), inventory(database_url)) == []
    alembic("downgrade", "base")
    assert inventory(url) == {}


def test_sql_can_be_written_instead_of_run(alembic: Alembic, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    alembic("upgrade", "head", "--sql")
    written = capsys.readouterr().out
    assert "CREATE TABLE task" in written
    assert ("FORCE ROW LEVEL SECURITY" in written) == url.startswith("postgresql")
    assert inventory(url) == {}


@pytest.mark.slow
@pytest.mark.only("sqlite")
def test_alembic_runs_as_a_program_in_the_checkout(url: str) -> None:
    program = Path(sys.executable).with_name("alembic")
    for arguments in (("upgrade", "head"), ("check",)):
        done = subprocess.run([program, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "column task.title" in inventory(url)
