"""`allotment doctor`."""

import asyncio
import re
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Executable, delete, update

from database.authentication import Credentials
from database.engine import Database
from models import Membership, User
from models.relations import table_of
from server.cli import startup
from server.cli.checks import environment, postgresql
from server.cli.checks.demo_users import check_demo_users, forbid_demo_superusers
from server.cli.checks.result import CheckResult
from server.cli.database import run_with_database
from server.cli.errors import CommandFailed
from server.config.settings import Settings
from server.connections.descriptors import find_budget
from server.seed.demo import create_members
from services.core.use_case import run_use_case
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.sync_connection import SyncConnection
from tests.support.app_fixture import FAST_PASSWORDS
from tests.support.command_line import CommandRunner, command_runner
from tests.support.server_process import SECRET_KEY
from tests.support.settings import PRODUCTION_SECRET_KEY
from tests.support.smtp_server import CREDENTIALS, run_smtp_server


def failed_checks(output: str) -> list[str]:
    """Return the names of the failed checks."""
    return re.findall(r"^✗ ([\w -]+):", output, re.MULTILINE)


def test_all_checks_pass_on_migrated_database(allotment: CommandRunner) -> None:
    result = allotment("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (0, [])
    assert SECRET_KEY not in result.output


def test_pool_of_the_preset_is_reported(allotment: CommandRunner, database_url: str) -> None:
    size = 5 if database_url.startswith("postgres") else 6  # SQLite has a connection for writes
    result = allotment("doctor", DB_POOL_PRESET="light")
    assert f"pool: each process keeps up to {size} connections, and opens 5 more under load" in result.output


def test_transaction_that_delays_the_change_feed_is_a_warning(
    allotment: CommandRunner, cluster: Cluster, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "MAX_FEED_LAG", 0.05)
    with closing(SyncConnection(cluster.dsn(database=database_name(database_url)))) as connection:
        connection.execute("BEGIN")
        pid = connection.fetch_value("SELECT pg_backend_pid() FROM pg_current_xact_id()")
        time.sleep(0.1)
        result = allotment("doctor")
    assert result.exit_code == 0
    assert re.search(rf"! change feed: the transaction of process {pid} has been open for \d+ s", result.output)


def test_all_invalid_settings_are_reported() -> None:
    production = {"ALLOTMENT_ENV": "production", "BCRYPT_ROUNDS": "12", "SECRET_KEY": "short"}
    result = command_runner("sqlite:///a.db")("doctor", PORT="high", **production)
    assert result.exit_code == 1
    assert re.findall(r"✗ settings: (\w+)", result.output) == ["SECRET_KEY", "PORT"]


def test_demo_users_fail_in_production(
    allotment: CommandRunner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = {"ALLOTMENT_ENV": "production", "SECRET_KEY": PRODUCTION_SECRET_KEY, "BCRYPT_ROUNDS": "10"}
    assert "demo: no users with a published password" in allotment("doctor", **production).output
    create = partial(create_members, passwords=FAST_PASSWORDS)
    run_with_database(settings, lambda database: run_use_case(database, Credentials(), create))
    assert failed_checks(allotment("doctor").output) == []
    result = allotment("doctor", **production)
    assert (result.exit_code, "demo" in failed_checks(result.output)) == (1, True)
    assert "superuser@demo.test" in result.output
    monkeypatch.setattr(startup, "configure_logging", lambda _: None)  # of the process of the tests
    start = allotment("serve", **production, PORT="0")
    assert (start.exit_code, "superuser@demo.test" in start.stderr) == (1, True)


def test_demo_superuser_prevents_the_start_in_production(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Without a membership, too. A user who can be registered by everyone causes a warning only."""
    production = settings.model_copy(update={"environment": "production"})
    forbid = partial(forbid_with_connection, production)
    create = partial(create_members, passwords=FAST_PASSWORDS)
    run_with_database(settings, lambda database: run_use_case(database, Credentials(), create))
    run_with_database(settings, lambda database: execute(database, delete(table_of(Membership))))
    with pytest.raises(CommandFailed, match=r"superuser@demo\.test"):
        run_with_database(settings, forbid)
    user = table_of(User)
    ordinary = update(user).values(is_superuser=False)
    run_with_database(settings, lambda database: execute(database, ordinary))
    run_with_database(settings, forbid)
    assert "owner@demo.test" in caplog.text
    assert len(run_with_database(settings, partial(check_with_connection, production))) == 1
    other = asyncio.run(FAST_PASSWORDS.hash("Another-password-77!"))
    run_with_database(settings, lambda database: execute(database, update(user).values(password_hash=other)))
    (result,) = run_with_database(settings, partial(check_with_connection, production))
    assert not result.is_failed


async def execute(database: Database, statement: Executable) -> None:
    """Execute a statement in a transaction of its own."""
    async with database.write_engine.begin() as connection:
        await connection.execute(statement)


async def forbid_with_connection(settings: Settings, database: Database) -> None:
    """Check the demo users as `allotment serve` does."""
    async with database.read_engine.connect() as connection:
        await forbid_demo_superusers(connection, settings)


async def check_with_connection(settings: Settings, database: Database) -> list[CheckResult]:
    """Check the demo users as `allotment doctor` does."""
    async with database.read_engine.connect() as connection:
        return await check_demo_users(connection, settings)


def test_placeholder_secret_is_reported_without_its_value(allotment: CommandRunner) -> None:
    placeholder = {"SECRET_KEY": "change me, I am a secret of thirty characters or more"}
    result = allotment("doctor", **placeholder)
    assert result.exit_code == 0
    assert "! secret: SECRET_KEY looks like a placeholder" in result.output
    assert "change me" not in result.output


@pytest.mark.only("sqlite")
async def test_mail_server_is_asked(allotment: CommandRunner) -> None:
    async with run_smtp_server() as server:
        user, password = CREDENTIALS
        url = f"127.0.0.1:{server.port}?starttls=off"
        accepted = await asyncio.to_thread(allotment, "doctor", SMTP_URL=f"smtp://{user}:{quote(password)}@{url}")
        refused = await asyncio.to_thread(allotment, "doctor", SMTP_URL=f"smtp://{user}:wrong-password@{url}")
    assert f"✓ mail server: 127.0.0.1:{server.port} answers, and accepts the user" in accepted.output
    assert server.emails == []
    assert failed_checks(refused.output) == ["mail server"]
    assert "wrong-password" not in refused.output
    gone = await asyncio.to_thread(allotment, "doctor", SMTP_URL=f"smtp://127.0.0.1:{server.port}")
    assert failed_checks(gone.output) == ["mail server"]
    assert "correct SMTP_URL, or start the mail server" in gone.output


def test_production_requires_mail_server_and_front_end_url(allotment: CommandRunner) -> None:
    production = {"ALLOTMENT_ENV": "production", "BCRYPT_ROUNDS": "12", "SECRET_KEY": PRODUCTION_SECRET_KEY}
    assert "✓ email: written to the log" in allotment("doctor").output
    without_mail_server = allotment("doctor", **production)
    assert "email" in failed_checks(without_mail_server.output)
    assert "set SMTP_URL" in without_mail_server.output
    mail_server = {"SMTP_URL": "smtp://ada:a-secret@mail.test"}
    without_front_end = allotment("doctor", **production, **mail_server)
    assert "email" in failed_checks(without_front_end.output)
    assert "set PUBLIC_URL" in without_front_end.output
    complete = allotment("doctor", **production, **mail_server, PUBLIC_URL="https://app.test")
    assert "✓ email: sent through mail.test, with links to https://app.test" in complete.output
    assert "a-secret" not in complete.output


def test_missing_console_is_a_warning(
    allotment: CommandRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "CONSOLE_DIST", tmp_path / "dist")
    result = allotment("doctor")
    assert (result.exit_code, "! console: not built" in result.output) == (0, True)
    assert "console: disabled" in allotment("doctor", GRAPHIQL="false").output


def test_clock_before_installation_fails(allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert failed_checks(allotment("doctor").output)[0] == "clock"


def test_missing_database_file_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    result = command_runner(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, failed_checks(result.output), file.exists()) == (1, ["database"], False)
    assert "→ allotment migrate" in result.output


def test_unusable_database_fails_without_showing_password() -> None:
    result = command_runner("postgresql://ada:hunter2-hunter2@127.0.0.1:1/allotment")("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["database"])
    assert "hunter2" not in result.output


def test_number_of_failed_checks_is_printed(tmp_path: Path) -> None:
    assert command_runner(f"sqlite:///{tmp_path / 'none.db'}")("doctor").stderr == "1 check failed.\n"


def test_file_that_is_not_a_database_fails(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("Water the tomatoes. " * 100)
    result = command_runner(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["database"])
    assert "file is not a database" in result.output


def test_unmigrated_database_fails(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    result = command_runner(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["migrations"])


def test_superuser_role_fails(cluster: Cluster, database_url: str) -> None:
    result = command_runner(cluster.superuser_dsn(database=database_name(database_url)))("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["role"])
    assert "NOSUPERUSER" in result.output


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE task NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE task DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON task",
    ],
)
def test_table_without_row_level_security_is_reported(
    allotment: CommandRunner, database_url: str, statement: str
) -> None:
    with closing(SyncConnection(database_url)) as connection:
        connection.execute(statement)
    result = allotment("doctor")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["row-level security"])
    assert "policy on task\n" in result.output


@pytest.mark.only("postgresql")
def test_too_many_connections_fail_or_warn(allotment: CommandRunner) -> None:
    result = allotment("doctor", WORKERS="8", DB_POOL_SIZE="30")
    assert (result.exit_code, failed_checks(result.output)) == (1, ["connections"])
    overcommitted = allotment("doctor", WORKERS="8", DB_POOL_SIZE="20", DB_MAX_OVERFLOW="20")
    assert (overcommitted.exit_code, "! connections:" in overcommitted.output) == (0, True)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"WORKERS": "1"}, "keep 3 and open at most 5;"),
        ({"WORKERS": "1", "SUPERVISE": "true"}, "keep 3 and, during a restart, open at most 10;"),
        ({"WORKERS": "2"}, "keep 6 and, during a restart, open at most 15;"),
    ],
)
def test_connections_of_a_restart_are_counted(
    allotment: CommandRunner, settings: dict[str, str], expected: str
) -> None:
    result = allotment("doctor", DB_POOL_SIZE="3", DB_MAX_OVERFLOW="2", **settings)
    assert f"✓ connections: all workers {expected}" in result.output


def test_too_few_descriptors_are_a_warning(allotment: CommandRunner) -> None:
    assert (
        "✓ descriptors: 2 workers of 10 connections accept 20 in all"
        in allotment("doctor", WORKERS="2", MAX_CONNECTIONS="10").output
    )
    result = allotment("doctor", MAX_CONNECTIONS="1000000", DB_POOL_SIZE="3", DB_MAX_OVERFLOW="2")
    assert result.exit_code == 0
    if find_budget(5) is not None:
        assert re.search(r"! descriptors: a process may open \d+ and reserves \d+", result.output)
        assert "lower MAX_CONNECTIONS" in result.output
