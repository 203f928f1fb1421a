"""`allotment migrate`."""

import sqlite3
from contextlib import closing
from pathlib import Path

from server.migrate import head
from tests.support.command_line import Allotment, on


def test_an_empty_database_is_brought_to_the_newest_revision(tmp_path: Path) -> None:
    allotment = on(f"sqlite:///{tmp_path / 'new.db'}")
    first = allotment("migrate")
    assert (first.exit_code, first.stdout) == (0, f"Migrated the database: empty → {head()}.\n")
    again = allotment("migrate")
    assert (again.exit_code, again.stdout) == (0, f"The database is up to date: {head()}.\n")


def test_a_migrated_one_stays_as_it_is(allotment: Allotment) -> None:
    assert allotment("migrate").stdout == f"The database is up to date: {head()}.\n"


def test_a_revision_that_nobody_knows_is_named(tmp_path: Path) -> None:
    file = tmp_path / "newer.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
        connection.commit()
    result = on(f"sqlite:///{file}")("migrate")
    assert result.exit_code == 1
    assert result.stderr.startswith("allotment: The database is at revision from-the-future, and cannot be migrated:")
    assert result.stderr.count("\n") == 1


def test_a_database_in_memory_is_refused() -> None:
    result = on("sqlite://")("migrate")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("allotment: DATABASE_URL names a database in memory")


def test_a_file_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    result = on(f"sqlite:///{tmp_path / 'missing' / 'a.db'}")("migrate")
    assert (result.exit_code, result.stderr) == (1, "allotment: The database refused: unable to open database file\n")


def test_unusable_settings_are_all_named(tmp_path: Path) -> None:
    result = on("mysql://somewhere/else")("migrate", PORT="high", WORKERS="-1")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["DATABASE_URL", "PORT", "WORKERS"]
    assert all(line.startswith("allotment: ") for line in lines)
    assert "somewhere" not in result.output
