"""Operations of migrations on tables that are in use, and locks that other transactions hold."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, text

from server.cli import migration_run
from server.database_revision import alembic_config, head_revision
from tests.checks.db_inventory import read_inventory, run_in_database
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.sync_connection import SyncConnection
from tests.support.command_line import CommandRunner
from tests.support.extra_migrations import ExtraMigrations, version_folder

pytestmark = pytest.mark.not_on_citus("migrates a database that all tests share there")

CREATE_INDEX = """
phase = "expand"

def upgrade():
    op.create_index_concurrently("ix_team_version", "team", ["tenant_id", "version"]{options})

def downgrade():
    op.drop_index_concurrently("ix_team_version", "team")
"""
ADD_COLUMN = """
phase = "expand"

def upgrade():
    op.add_column("team", sa.Column("{name}", sa.Integer()))

def downgrade():
    with op.batch_alter_table("team") as team:
        team.drop_column("{name}")
"""
UPDATE_ROWS = """
phase = "expand"

def upgrade():
    op.update_in_batches("team", {{"added": "version * 10"}}, "{condition}", batch_rows=2)

def downgrade():
    pass
"""
INSERT_TENANT = """
    INSERT INTO tenant (id, created_at, updated_at, version, name, slug, language)
    VALUES (:tenant, '2026-11-28', '2026-11-28', 1, 'T', :slug, 'ENGLISH')
"""
INSERT_TEAM = """
    INSERT INTO team (tenant_id, id, created_at, updated_at, version, name)
    VALUES (:tenant, :id, '2026-11-28', '2026-11-28', :version, :id)
"""
TENANTS = [UUID(int=1), UUID(int=2), UUID(int=3)]
TEAMS = 5
LOCK_LAST_TEAM = "BEGIN; SELECT FROM team ORDER BY tenant_id DESC, version DESC LIMIT 1 FOR UPDATE"
END_OF_HANG = "60s"
"""After this time PostgreSQL ends a transaction that a test holds open, so that a migration does not wait for ever."""


@pytest.fixture
def migrations(tmp_path: Path) -> Iterator[ExtraMigrations]:
    """The migrations of a newer version."""
    with version_folder(tmp_path / "versions") as extra:
        yield extra


@pytest.fixture
def teams(database_url: str) -> None:
    """Five teams in each of two tenants; a third tenant has none."""

    def insert(connection: Connection) -> None:
        for number, tenant in enumerate(TENANTS):
            run_for_tenant(connection, tenant, INSERT_TENANT.replace(":slug", f"'t{number}'"))
            for team in range(TEAMS) if number < 2 else ():
                statement = INSERT_TEAM.replace(":id", f"'{UUID(int=team + 1).hex}'")
                run_for_tenant(connection, tenant, statement.replace(":version", str(team)))

    run_in_database(database_url, insert)


def run_for_tenant(connection: Connection, tenant: UUID, statement: str) -> list[object]:
    """Run the statement, and return the first column of its rows."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT set_config('app.tenant_id', '{tenant}', true)"))
    result = connection.execute(text(statement.replace(":tenant", f"'{tenant.hex}'")))
    return list(result.scalars()) if result.returns_rows else []


def indexes(url: str) -> list[str]:
    return [name for name in read_inventory(url) if "ix_team_version" in name]


# Indexes


def test_index_is_created_and_dropped(allotment: CommandRunner, database_url: str, migrations: ExtraMigrations) -> None:
    migrations.add(CREATE_INDEX.format(options=""))
    result = allotment("migrate")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(indexes(database_url)) == 1
    migrations.downgrade(database_url)
    assert indexes(database_url) == []


@pytest.mark.slow
def test_new_database_is_created_in_one_transaction(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    """An index needs no transaction of its own there, so a failing migration leaves an empty database."""
    command.downgrade(alembic_config(database_url), "base")
    migrations.add(CREATE_INDEX.format(options=""))
    failing = migrations.add(ADD_COLUMN.format(name="version"))
    assert allotment("migrate").exit_code == 1
    assert read_inventory(database_url) == {}
    migrations.replace(failing, ADD_COLUMN.format(name="added"))
    assert allotment("migrate").exit_code == 0
    assert len(indexes(database_url)) == 1


def test_invalid_index_of_a_killed_migration_is_replaced(
    allotment: CommandRunner, database_url: str, cluster: Cluster, migrations: ExtraMigrations
) -> None:
    dsn = cluster.superuser_dsn(database=database_name(database_url))
    with closing(SyncConnection(dsn)) as superuser:
        superuser.execute("CREATE INDEX ix_team_version ON team (name)")
        superuser.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_team_version'::regclass")
        migrations.add(CREATE_INDEX.format(options=""))
        assert allotment("migrate").exit_code == 0
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_team_version'::regclass"
        assert superuser.fetch_value(valid)
    (definition,) = (value for name, value in read_inventory(database_url).items() if "ix_team_version" in name)
    assert definition.endswith("(tenant_id, version)")


@pytest.mark.usefixtures("teams")
@pytest.mark.only("postgresql")
def test_failed_unique_index_is_removed(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    base = head_revision()
    migrations.add(CREATE_INDEX.format(options=", unique=True").replace('"version"]', '"created_at"]'))
    result = allotment("migrate")
    assert result.exit_code == 1
    assert "could not create unique index" in result.stderr
    assert indexes(database_url) == []
    assert revision_of(database_url) == base


def revision_of(url: str) -> object:
    return run_in_database(url, lambda connection: connection.scalar(text("SELECT version_num FROM alembic_version")))


# Rows


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("condition", ["added IS NULL", "version > 0"])
def test_rows_of_all_tenants_are_updated_in_batches(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations, condition: str
) -> None:
    """Also if the condition still holds afterwards, each row is changed once."""
    migrations.add(ADD_COLUMN.format(name="added"))
    migrations.add(UPDATE_ROWS.format(condition=condition))
    result = allotment("migrate")
    assert (result.exit_code, result.stderr) == (0, "")
    query = "SELECT added FROM team WHERE tenant_id = :tenant ORDER BY version"

    def read(connection: Connection) -> list[list[object]]:
        return [run_for_tenant(connection, tenant, query) for tenant in TENANTS]

    first = 0 if condition == "added IS NULL" else None
    assert run_in_database(database_url, read) == [[first, 10, 20, 30, 40], [first, 10, 20, 30, 40], []]


# Locks


def test_migration_waits_for_a_lock_and_is_repeated(
    allotment: CommandRunner,
    database_url: str,
    cluster: Cluster,
    migrations: ExtraMigrations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    revision = migrations.add(ADD_COLUMN.format(name="added"))
    pauses: list[float] = []
    with closing(SyncConnection(cluster.dsn(database=database_name(database_url)))) as report:
        report.execute("SET application_name = 'report'")
        report.execute("BEGIN; LOCK TABLE team IN ACCESS SHARE MODE")
        monkeypatch.setattr(migration_run, "sleep", pauses.append)
        failed = allotment("migrate", "--lock-timeout", "0.5", "--attempts", "3")
        assert failed.exit_code == 1
        *waits, last = failed.stderr.splitlines()
        assert all(f"{revision} waited 0.5 s for process " in line for line in waits)
        assert "(report, idle in transaction, transaction open for " in waits[0]
        assert last.startswith(f"allotment: Migration {revision} could not lock its tables in 3 attempts of 0.5 s")
        assert "It has changed nothing, except for completed batches" in last
        assert pauses == [0.5, 1.0]
        assert "column team.added" not in read_inventory(database_url)

        monkeypatch.setattr(migration_run, "sleep", lambda _: report.execute("COMMIT"))
        succeeded = allotment("migrate", "--lock-timeout", "0.5")
    assert succeeded.exit_code == 0
    assert len(succeeded.stderr.splitlines()) == 1
    assert "column team.added" in read_inventory(database_url)


@pytest.mark.usefixtures("teams")
def test_batches_wait_for_locked_rows_for_the_lock_timeout(
    allotment: CommandRunner,
    database_url: str,
    cluster: Cluster,
    migrations: ExtraMigrations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They hold locks of other rows meanwhile. Completed batches remain, and the next attempt continues after them."""
    migrations.add(ADD_COLUMN.format(name="added"))
    assert allotment("migrate").exit_code == 0
    revision = migrations.add(UPDATE_ROWS.format(condition="added IS NULL"))
    monkeypatch.setattr(migration_run, "sleep", lambda _: None)
    with closing(SyncConnection(cluster.superuser_dsn(database=database_name(database_url)))) as writer:
        writer.execute(f"SET idle_in_transaction_session_timeout = '{END_OF_HANG}'")
        writer.execute(LOCK_LAST_TEAM)
        failed = allotment("migrate", "--lock-timeout", "0.3", "--attempts", "2")
        assert failed.exit_code == 1, "the batch waited until the lock was released"
        assert f"Migration {revision} could not lock its tables in 2 attempts of 0.3 s" in failed.stderr
        assert writer.fetch_value("SELECT count(*) FROM team WHERE added IS NULL") == 1
        writer.execute("COMMIT")
        assert allotment("migrate", "--lock-timeout", "0.3").exit_code == 0
        assert writer.fetch_value("SELECT count(*) FROM team WHERE added IS NULL") == 0


def test_pauses_grow_up_to_a_limit() -> None:
    assert migration_run.LockPolicy(attempts=8).pauses() == [0.5, 1, 2, 4, 8, 15, 15]
