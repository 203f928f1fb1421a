"""`allotment migrate`."""

import sqlite3
from contextlib import closing
from pathlib import Path

from server.database_revision import head_revision
from tests.support.command_line import CommandRunner, command_runner


def test_empty_database_is_migrated_to_newest_revision(tmp_path: Path) -> None:
    allotment = command_runner(f"sqlite:///{tmp_path / 'new.db'}")
    first = allotment("migrate")
    assert (first.exit_code, first.stdout) == (0, f"Migrated the database: empty → {head_revision()}.\n")
    second = allotment("migrate")
    assert (second.exit_code, second.stdout) == (0, f"The database is up to date: {head_revision()}.\n")


def test_migrated_database_is_left_unchanged(allotment: CommandRunner) -> None:
    assert allotment("migrate").stdout == f"The database is up to date: {head_revision()}.\n"


def test_unknown_revision_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "newer.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
        connection.commit()
    result = command_runner(f"sqlite:///{file}")("migrate")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "allotment: The database cannot be migrated: it is at revision from-the-future, which"
    )
    assert result.stderr.count("\n") == 1


def test_database_file_that_cannot_be_created_is_one_line(tmp_path: Path) -> None:
    result = command_runner(f"sqlite:///{tmp_path / 'missing' / 'a.db'}")("migrate")
    assert (result.exit_code, result.stderr) == (1, "allotment: Database error: unable to open database file\n")


def test_all_invalid_settings_are_reported(tmp_path: Path) -> None:
    result = command_runner("mysql://somewhere/else")("migrate", PORT="high", WORKERS="-1")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["WORKERS", "DATABASE_URL", "PORT"]
    assert all(line.startswith("allotment: ") for line in lines)
    assert "somewhere" not in result.output
