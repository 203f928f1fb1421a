"""`allotment migrate` with migrations that expand and contract, and the servers that work meanwhile."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from alembic import command
from sqlalchemy import text

from server.app import create_app
from server.cli import migration_confirmation
from server.database_revision import DatabaseNotMigrated, alembic_config, head_revision
from tests.checks.db_inventory import read_inventory, run_in_database
from tests.support.app_shutdown import shut_down
from tests.support.command_line import CommandRunner
from tests.support.extra_migrations import ExtraMigrations, old_version, version_folder
from tests.support.settings import PRODUCTION_SECRET_KEY, build_settings

pytestmark = pytest.mark.not_on_citus("migrates a database that all tests share there")

EXPAND = """
phase = "expand"

def upgrade():
    op.add_column("task", sa.Column("{name}", sa.Integer()))

def downgrade():
    with op.batch_alter_table("task") as task:
        task.drop_column("{name}")
"""
CONTRACT = """
phase = "contract"

def upgrade():
    with op.batch_alter_table("task") as task:
        task.drop_column("{name}")

def downgrade():
    op.add_column("task", sa.Column("{name}", sa.Integer()))
"""
FAILING = """
phase = "expand"

def upgrade():
    op.add_column("task", sa.Column("added", sa.Integer()))
    op.execute("SELECT 1 FROM missing")

def downgrade():
    pass
"""
PRODUCTION = {"ALLOTMENT_ENV": "production", "BCRYPT_ROUNDS": "12", "SECRET_KEY": PRODUCTION_SECRET_KEY}


@pytest.fixture
def migrations(tmp_path: Path) -> Iterator[ExtraMigrations]:
    """The migrations of a newer version."""
    with version_folder(tmp_path / "versions") as extra:
        yield extra


def serve(url: str) -> httpx.Response:
    """Start a server, and return its answer to `/ready`."""

    async def start() -> httpx.Response:
        app = create_app(build_settings(url))
        try:
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                    return await client.get("/ready")
        finally:
            await shut_down(app)

    return asyncio.run(start())


def serves(url: str) -> bool:
    """Return whether a server starts and is ready."""
    try:
        return serve(url).is_success
    except DatabaseNotMigrated:
        return False


def applied(url: str) -> dict[str, str]:
    """Return the phases of the applied migrations that have one."""
    rows = run_in_database(
        url, lambda connection: connection.execute(text("SELECT revision, phase FROM applied_migration")).all()
    )
    return {row.revision: row.phase for row in rows if not row.revision.isdecimal()}


# What is run


def test_command_runs_steps_up_to_the_first_that_contracts(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    base = head_revision()
    first, second = migrations.add(EXPAND.format(name="one"), "One"), migrations.add(EXPAND.format(name="two"), "Two")
    third, fourth = migrations.add(CONTRACT.format(name="one"), "No one"), migrations.add(EXPAND.format(name="three"))
    result = allotment("migrate")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"Pending steps, from {base}:",
        f"  {first}  expand          One",
        f"  {second}  expand          Two",
        *(remaining := [
            "These remain. Run `allotment migrate --contract` when no server of the previous version runs any more:",
            f"  {third}  contract        No one",
            f"  {fourth}  expand          A change",
        ]),
        f"Migrated the database: {base} → {second}.",
        *remaining,
    ]  # fmt: skip
    assert applied(database_url) == {first: "expand", second: "expand"}
    assert allotment("migrate").stdout.splitlines() == remaining

    assert allotment("migrate", "--contract").exit_code == 0
    assert applied(database_url) == {first: "expand", second: "expand", third: "contract", fourth: "expand"}
    assert allotment("migrate", "--contract").stdout == f"The database is up to date: {fourth}.\n"
    columns = {name for name in read_inventory(database_url) if name.startswith("column task.")}
    assert {"column task.two", "column task.three"} <= columns
    assert "column task.one" not in columns


def test_plan_changes_nothing(allotment: CommandRunner, database_url: str, migrations: ExtraMigrations) -> None:
    before = read_inventory(database_url)
    revision = migrations.add(EXPAND.format(name="one"), "One")
    migrations.add(CONTRACT.format(name="one"))
    result = allotment("migrate", "--plan", **PRODUCTION)
    assert result.exit_code == 0
    assert f"  {revision}  expand          One\nThese remain." in result.stdout
    assert "remain" not in allotment("migrate", "--plan", "--contract").stdout
    assert read_inventory(database_url) == before


def test_failing_step_leaves_nothing_of_itself(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    first = migrations.add(EXPAND.format(name="one"))
    migrations.add(FAILING)
    result = allotment("migrate")
    assert result.exit_code == 1
    assert applied(database_url) == {first: "expand"}
    assert "column task.one" in read_inventory(database_url)
    assert "column task.added" not in read_inventory(database_url)


def test_downgrade_removes_the_record(database_url: str, migrations: ExtraMigrations) -> None:
    head_of_checkout = head_revision()
    first, _ = migrations.add(EXPAND.format(name="one")), migrations.add(EXPAND.format(name="two"))
    config = alembic_config(database_url)
    command.upgrade(config, "head")
    command.downgrade(config, "-1")
    assert applied(database_url) == {first: "expand"}
    command.stamp(config, head_of_checkout)
    assert applied(database_url) == {}


# Servers


def test_old_server_starts_on_expanded_database(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    expanded = migrations.add(EXPAND.format(name="one"))
    allotment("migrate")
    with old_version():
        assert serve(database_url).json() == {"status": "ready"}
        assert f"migrations: at {expanded}, of a newer version" in allotment("doctor").output
        result = allotment("migrate")
        assert result.exit_code == 0
        assert result.stdout == (
            f"A newer version has migrated the database: {expanded}. This version is compatible with it.\n"
        )


def test_old_server_refuses_contracted_database(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    migrations.add(EXPAND.format(name="one"))
    contracting = migrations.add(CONTRACT.format(name="one"))
    newest = migrations.add(EXPAND.format(name="two"))
    allotment("migrate", "--contract")
    message = f"at revision {newest}, which this version does not know, and not compatible with it since {contracting}"
    with old_version():
        with pytest.raises(DatabaseNotMigrated, match=message):
            serve(database_url)
        assert allotment("migrate").exit_code == 1
        assert "start the newer version" in allotment("doctor").output


def test_new_server_needs_expanding_steps_only(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    base, expanding = head_revision(), migrations.add(EXPAND.format(name="one"))
    migrations.add(CONTRACT.format(name="one"))
    with pytest.raises(
        DatabaseNotMigrated, match=rf"at revision {base}, .* needs {expanding}. Run `allotment migrate`,"
    ):
        serve(database_url)
    allotment("migrate")
    assert serves(database_url)
    allotment("migrate", "--contract")
    assert serves(database_url)


@pytest.mark.only("sqlite")
def test_expanding_step_after_contracting_one_needs_both(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    migrations.add(EXPAND.format(name="one"))
    migrations.add(CONTRACT.format(name="one"))
    newest = migrations.add(EXPAND.format(name="two"))
    allotment("migrate")
    with pytest.raises(DatabaseNotMigrated, match=rf"needs {newest}. Run `allotment migrate --contract`"):
        serve(database_url)


@pytest.mark.only("sqlite")
def test_server_of_another_branch_is_not_compatible(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations, tmp_path: Path
) -> None:
    """Both branches expand, but the server needs what only its own migration adds."""
    migrations.add(EXPAND.format(name="one"))
    allotment("migrate")
    with old_version(), version_folder(tmp_path / "branch") as branch:
        needed = branch.add(EXPAND.format(name="two"), revision="branch_1")
        with pytest.raises(DatabaseNotMigrated, match=f"does not have {needed}"):
            serve(database_url)


# Doctor


def test_doctor_reports_pending_steps(allotment: CommandRunner, database_url: str, migrations: ExtraMigrations) -> None:
    base = head_revision()
    expanding, contracting = migrations.add(EXPAND.format(name="one")), migrations.add(CONTRACT.format(name="one"))
    pending = f"pending expanding: {expanding}; pending contracting: {contracting}"
    result = allotment("doctor")
    assert result.exit_code == 1
    assert f"✗ migrations: at {base}, not at {contracting}; {pending}\n    → allotment migrate\n" in result.output
    allotment("migrate")
    result = allotment("doctor")
    assert result.exit_code == 0
    assert f"! migrations: at {expanding}; pending contracting: {contracting}\n    → allotment migrate --contract" in (
        result.output
    )


# Production


def test_production_needs_confirmation(
    allotment: CommandRunner, database_url: str, migrations: ExtraMigrations
) -> None:
    base = head_revision()
    migrations.add(EXPAND.format(name="one"))
    contracting = migrations.add(CONTRACT.format(name="one"))
    refused = allotment("migrate", "--contract", **PRODUCTION)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "allotment: This is production, and there is no terminal to ask for confirmation: add --yes.\n"
    )
    assert f"Cannot be undone, because they may remove data: {contracting}." in refused.stdout
    backup = "pg_dump --format=custom" if database_url.startswith("postgres") else "VACUUM INTO"
    assert backup in refused.stdout
    assert applied(database_url) == {}
    accepted = allotment("migrate", "--contract", "--yes", **PRODUCTION)
    assert accepted.exit_code == 0
    assert f"Migrated the database: {base} → {contracting}.\n" in accepted.stdout
    assert allotment("migrate", **PRODUCTION).stdout == f"The database is up to date: {contracting}.\n"


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("answer", "exit_code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_terminal_is_asked(
    allotment: CommandRunner, migrations: ExtraMigrations, monkeypatch: pytest.MonkeyPatch, answer: str, exit_code: int
) -> None:
    monkeypatch.setattr(migration_confirmation, "_has_terminal", lambda: True)
    migrations.add(EXPAND.format(name="one"))
    result = allotment("migrate", input=answer, **PRODUCTION)
    assert "None of them removes data." in result.stdout
    assert result.exit_code == exit_code
