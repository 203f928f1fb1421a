"""Pending migrations run completely or not at all, in one process at a time."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from alembic import op
from sqlalchemy import inspect

from server.config.paths import PROJECT_ROOT
from server.database_revision import head_revision, upgrade_database
from tests.checks.db_inventory import differences, read_inventory, run_in_database
from tests.harness.empty_databases import CreateDatabase
from tests.support.server_process import build_command, build_environment

pytestmark = pytest.mark.slow
TIMEOUT_SECONDS = 120
MIGRATE_AND_PAUSE = """
import sys, time
from alembic import op
from server.cli import main

def pause_at_snapshot(name, *columns):
    if name == "snapshot":
        print("paused", flush=True)
        time.sleep(600)
    return create_table(name, *columns)

create_table, op.create_table = op.create_table, pause_at_snapshot
sys.argv[1:] = ["migrate"]
main()
"""
"""`allotment migrate` that stops after migrations 0001 to 0004 and some tables of 0005."""


class MigrationFailed(Exception):
    pass


@pytest.fixture
def empty_database_url(create_empty_database: CreateDatabase) -> str:
    """The URL of a database of this test without any tables, on SQLite without a file."""
    return create_empty_database()


def table_names(url: str) -> list[str]:
    return run_in_database(url, lambda connection: inspect(connection).get_table_names())


def fail_at(table: str, create_table: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that creates tables, but raises MigrationFailed for this one."""

    def create(name: str, *columns: Any) -> Any:
        if name == table:
            raise MigrationFailed
        return create_table(name, *columns)

    return create


def start_migration(url: str, command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=build_environment(url, ALLOTMENT_ENV="test"), cwd=PROJECT_ROOT, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def finish_migration(process: subprocess.Popen[str]) -> str:
    """Wait for a process that must succeed, and return its output."""
    output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0, output
    return output


def assert_migrated(url: str, migrated_url: str) -> None:
    assert "alembic_version" in table_names(url)
    assert differences(read_inventory(url), read_inventory(migrated_url)) == []


def test_failed_migration_leaves_nothing_behind(
    empty_database_url: str, other_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(op, "create_table", fail_at("snapshot", op.create_table))
        with pytest.raises(MigrationFailed):
            upgrade_database(empty_database_url)
    assert table_names(empty_database_url) == []
    assert read_inventory(empty_database_url) == {}
    upgrade_database(empty_database_url)
    assert_migrated(empty_database_url, other_database_url)


def test_migration_succeeds_after_kill(empty_database_url: str, other_database_url: str) -> None:
    with start_migration(empty_database_url, [sys.executable, "-c", MIGRATE_AND_PAUSE]) as process:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        process.kill()
    assert first_line == "paused\n"
    output = finish_migration(start_migration(empty_database_url, build_command("migrate")))
    assert output == f"Migrated the database: empty → {head_revision()}.\n"
    assert_migrated(empty_database_url, other_database_url)


@pytest.mark.slow
def test_concurrent_migrations_all_succeed(empty_database_url: str, other_database_url: str) -> None:
    processes = [start_migration(empty_database_url, build_command("migrate")) for _ in range(3)]
    for process in processes:
        finish_migration(process)
    assert_migrated(empty_database_url, other_database_url)
