"""`allotment add noun` writes all files or none."""

from pathlib import Path

import pytest

from server.cli.add_noun import adding
from server.cli.add_noun.declaration import NounDeclaration
from server.cli.add_noun.file_changes import FileChanges
from server.cli.errors import CommandFailed


@pytest.fixture
def changes(tmp_path: Path) -> FileChanges:
    """The change of one file and a new one, neither of which is written."""
    (tmp_path / "old.txt").write_text("old\n")
    file_changes = FileChanges(tmp_path)
    file_changes.set("old.txt", "new\n")
    file_changes.set("added.txt", "added\n")
    return file_changes


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.glob("*.txt")}


def test_changes_are_written_and_rolled_back(changes: FileChanges, tmp_path: Path) -> None:
    assert changes.read("old.txt") == "new\n"
    assert contents(tmp_path) == {"old.txt": "old\n"}
    changes.write()
    assert contents(tmp_path) == {"old.txt": "new\n", "added.txt": "added\n"}
    changes.roll_back()
    assert contents(tmp_path) == {"old.txt": "old\n"}


def test_diff_names_new_files(changes: FileChanges) -> None:
    assert changes.diff() == (
        "--- a/old.txt\n+++ b/old.txt\n@@ -1 +1 @@\n-old\n+new\n--- /dev/null\n+++ b/added.txt\n@@ -0,0 +1 @@\n+added\n"
    )


def test_failed_write_is_rolled_back(changes: FileChanges, tmp_path: Path) -> None:
    changes.set("missing/file.txt", "")
    with pytest.raises(FileNotFoundError):
        changes.write()
    assert contents(tmp_path) == {"old.txt": "old\n"}


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_failed_step_is_rolled_back(
    changes: FileChanges, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)

    def fail(_noun: NounDeclaration, _root: Path) -> str:
        (versions / "0001_new.py").touch()
        raise error

    monkeypatch.setattr(adding, "_generate_derived_files", fail)
    with pytest.raises(CommandFailed if isinstance(error, OSError) else type(error)):
        adding.add_noun(NounDeclaration("Gizmo"), changes, tmp_path)
    assert contents(tmp_path) == {"old.txt": "old\n"}
    assert list(versions.iterdir()) == []
