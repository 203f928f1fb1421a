"""`allotment purge-inactive`."""

import datetime
from typing import Any

import pytest
from sqlalchemy import update

from database.engine import Database
from models import User
from models.base import utc_now
from models.relations import table_of
from server.cli.database import run_with_database
from server.config.settings import Settings
from services.people import administration
from tests.cli.test_people import PASSWORD, fetch_rows
from tests.support.command_line import CommandRunner

YESTERDAY = utc_now() - datetime.timedelta(days=1)
TODAY = f"{utc_now():%Y-%m-%d}"


def create_users(allotment: CommandRunner, *names: str) -> None:
    for name in names:
        command = ("create-user", f"{name}@example.test", "--name", name, "--password-stdin")
        assert allotment(*command, input=PASSWORD).exit_code == 0


def update_users(settings: Settings, *names: str, **values: Any) -> None:
    """Update the rows directly, without the rules of the services."""
    user = table_of(User)

    async def write(database: Database) -> None:
        async with database.write_engine.begin() as connection:
            emails = [f"{name}@example.test" for name in names]
            await connection.execute(update(user).where(user.c.email.in_(emails)).values(values))

    run_with_database(settings, write)


def remaining_users(settings: Settings) -> set[str]:
    """Return the names of the users whose personal data is not deleted."""
    users = fetch_rows(settings, 'SELECT email FROM "user"')
    return {email.partition("@")[0] for (email,) in users if not email.startswith("deleted-")}


@pytest.fixture
def inactive_users(allotment: CommandRunner, settings: Settings) -> None:
    """Three users inactive since yesterday, one of them a last owner; one inactive since today; one active."""
    create_users(allotment, "ada", "bob", "owner", "today", "active")
    allotment("create-tenant", "First", "--slug", "first", "--owner", "owner@example.test")
    update_users(settings, "ada", "bob", "owner", "today", is_active=False)
    update_users(settings, "ada", "bob", "owner", "active", updated_at=YESTERDAY)


@pytest.mark.usefixtures("inactive_users")
def test_users_are_only_counted_without_yes(allotment: CommandRunner, settings: Settings) -> None:
    result = allotment("purge-inactive", "--before", TODAY)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Skipped owner@example.test, the last owner of a tenant.",
        "2 users would be deleted. Nothing was changed; add --yes to delete.",
    ]
    assert remaining_users(settings) == {"ada", "bob", "owner", "today", "active"}


@pytest.mark.usefixtures("inactive_users")
def test_inactive_users_are_deleted_in_batches(
    allotment: CommandRunner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "MAX_USERS", 1)
    result = allotment("purge-inactive", "--before", TODAY, "--yes")
    assert result.stdout.splitlines()[-1] == "Deleted 2 users."
    assert remaining_users(settings) == {"owner", "today", "active"}
    assert fetch_rows(settings, "SELECT count(*) FROM membership") == [(1,)]
    second_result = allotment("purge-inactive", "--before", TODAY, "--yes")
    assert second_result.stdout.splitlines()[-1] == "Deleted 0 users."


@pytest.mark.usefixtures("inactive_users")
def test_users_changed_after_the_day_are_not_deleted(allotment: CommandRunner, settings: Settings) -> None:
    result = allotment("purge-inactive", "--before", "2000-01-01", "--yes")
    assert result.stdout == "Deleted 0 users.\n"
    assert len(remaining_users(settings)) == 5


@pytest.mark.parametrize("arguments", [[], ["--before", "yesterday"], ["--before", "2026-02-30", "--yes"]])
def test_invalid_date_is_rejected(arguments: list[str], allotment: CommandRunner) -> None:
    result = allotment("purge-inactive", *arguments)
    assert (result.exit_code, "--before" in result.stderr) == (2, True)
