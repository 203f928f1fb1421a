"""`allotment doctor`."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from server.cli.checks import surroundings
from tests.harness.cluster import Cluster
from tests.harness.console import Console
from tests.harness.databases import database_of
from tests.support.command_line import Allotment, on
from tests.support.server_process import SECRET

SAFE_SECRET = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"


def broken(output: str) -> list[str]:
    """What is broken, by the first word of its line."""
    return re.findall(r"^✗ ([\w -]+):", output, re.MULTILINE)


def test_a_good_database_has_nothing_to_mend(allotment: Allotment) -> None:
    result = allotment("doctor")
    assert (result.exit_code, broken(result.output)) == (0, [])
    assert SECRET not in result.output


def test_unusable_settings_are_all_named() -> None:
    production = {"ALLOTMENT_ENV": "production", "BCRYPT_ROUNDS": "12", "SECRET_KEY": "short"}
    result = on("sqlite:///a.db")("doctor", PORT="high", **production)
    assert result.exit_code == 1
    assert re.findall(r"✗ settings: (\w+)", result.output) == ["SECRET_KEY", "PORT"]


def test_a_placeholder_is_no_secret(allotment: Allotment) -> None:
    given = {"SECRET_KEY": "change me, I am a secret of thirty characters or more"}
    result = allotment("doctor", **given)
    assert result.exit_code == 0
    assert "! secret: SECRET_KEY looks like a placeholder" in result.output
    assert "change me" not in result.output


def test_production_without_post_or_without_a_front_end_is_told_what_to_set(allotment: Allotment) -> None:
    production = {"ALLOTMENT_ENV": "production", "BCRYPT_ROUNDS": "12", "SECRET_KEY": SAFE_SECRET}
    assert "✓ letters: printed to the log" in allotment("doctor").output
    silent = allotment("doctor", **production)
    assert "letters" in broken(silent.output)
    assert "set SMTP_URL" in silent.output
    post = {"SMTP_URL": "smtp://ada:a-secret@mail.test"}
    homeless = allotment("doctor", **production, **post)
    assert "letters" in broken(homeless.output)
    assert "set PUBLIC_URL" in homeless.output
    right = allotment("doctor", **production, **post, PUBLIC_URL="https://app.test")
    assert "✓ letters: sent through mail.test, with links to https://app.test" in right.output
    assert "a-secret" not in right.output


def test_a_missing_console_is_mentioned(allotment: Allotment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "CONSOLE", tmp_path / "dist")
    result = allotment("doctor")
    assert (result.exit_code, "! console: not built" in result.output) == (0, True)
    assert "console: switched off" in allotment("doctor", GRAPHIQL="false").output


def test_a_clock_before_our_own_files_is_wrong(allotment: Allotment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert broken(allotment("doctor").output)[0] == "clock"


def test_no_file_is_made_where_none_was(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    result = on(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, broken(result.output), file.exists()) == (1, ["database"], False)
    assert "→ allotment migrate" in result.output


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://ada:hunter2-hunter2@127.0.0.1:1/garden"])
def test_a_database_that_cannot_be_used(url: str) -> None:
    result = on(url)("doctor")
    assert (result.exit_code, broken(result.output)) == (1, ["database"])
    assert "hunter2" not in result.output


def test_something_else_than_a_database(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("Water the tomatoes. " * 100)
    result = on(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, broken(result.output)) == (1, ["database"])
    assert "file is not a database" in result.output


def test_a_database_that_is_behind(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    result = on(f"sqlite:///{file}")("doctor")
    assert (result.exit_code, broken(result.output)) == (1, ["migrations"])


def test_a_superuser_is_not_bound_by_policies(cluster: Cluster, database_url: str) -> None:
    result = on(cluster.superuser_dsn(database=database_of(database_url)))("doctor")
    assert (result.exit_code, broken(result.output)) == (1, ["role"])
    assert "NOSUPERUSER" in result.output


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    "opening",
    [
        "ALTER TABLE task NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE task DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON task",
    ],
)
def test_a_table_without_its_wall_is_named(allotment: Allotment, database_url: str, opening: str) -> None:
    with closing(Console(database_url)) as console:
        console.execute(opening)
    result = allotment("doctor")
    assert (result.exit_code, broken(result.output)) == (1, ["row-level security"])
    assert "policy on task\n" in result.output


@pytest.mark.only("postgresql")
def test_more_connections_than_there_are(allotment: Allotment) -> None:
    result = allotment("doctor", WORKERS="8", DB_POOL_SIZE="30")
    assert (result.exit_code, broken(result.output)) == (1, ["connections"])
    tight = allotment("doctor", WORKERS="8", DB_POOL_SIZE="20", DB_MAX_OVERFLOW="20")
    assert (tight.exit_code, "! connections:" in tight.output) == (0, True)
