"""`allotment purge-inactive`."""

import datetime
from typing import Any

import pytest
from sqlalchemy import update

from models import User
from models.base import now
from models.relations import table_of
from server.cli.database import run
from server.database import Database
from server.settings import Settings
from services import administration
from tests.cli.test_people import PASSWORD, rows
from tests.support.command_line import Allotment

YESTERDAY = now() - datetime.timedelta(days=1)
TODAY = f"{now():%Y-%m-%d}"


def enrol(allotment: Allotment, *names: str) -> None:
    """Users with these names."""
    for name in names:
        command = ("create-user", f"{name}@garden.test", "--name", name, "--password-stdin")
        assert allotment(*command, input=PASSWORD).exit_code == 0


def change(settings: Settings, *names: str, **values: Any) -> None:
    """Past all rules."""
    user = table_of(User)

    async def write(database: Database) -> None:
        async with database.writing.begin() as connection:
            emails = [f"{name}@garden.test" for name in names]
            await connection.execute(update(user).where(user.c.email.in_(emails)).values(values))

    run(settings, write)


def emails(settings: Settings) -> set[str]:
    """The addresses that are left."""
    found = rows(settings, 'SELECT email FROM "user"')
    return {email.partition("@")[0] for (email,) in found if not email.startswith("deleted-")}


@pytest.fixture
def gone(allotment: Allotment, settings: Settings) -> None:
    """Three who are long inactive, one of them the last owner of a tenant; one who is since today, and one active."""
    enrol(allotment, "ada", "bob", "owner", "today", "active")
    allotment("create-tenant", "Garden", "--slug", "garden", "--owner", "owner@garden.test")
    change(settings, "ada", "bob", "owner", "today", is_active=False)
    change(settings, "ada", "bob", "owner", "active", updated_at=YESTERDAY)


@pytest.mark.usefixtures("gone")
def test_they_are_counted_unless_it_is_said_twice(allotment: Allotment, settings: Settings) -> None:
    result = allotment("purge-inactive", "--before", TODAY)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "owner@garden.test is the last owner of a tenant, and is left.",
        "2 users would be deleted. Nothing was changed: do it with --yes.",
    ]
    assert emails(settings) == {"ada", "bob", "owner", "today", "active"}


@pytest.mark.usefixtures("gone")
def test_who_is_long_inactive_is_deleted(
    allotment: Allotment, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "MOST_USERS", 1)
    result = allotment("purge-inactive", "--before", TODAY, "--yes")
    assert result.stdout.splitlines()[-1] == "Deleted 2 users."
    assert emails(settings) == {"owner", "today", "active"}
    assert rows(settings, "SELECT count(*) FROM membership") == [(1,)]
    again = allotment("purge-inactive", "--before", TODAY, "--yes")
    assert again.stdout.splitlines()[-1] == "Deleted 0 users."


@pytest.mark.usefixtures("gone")
def test_who_was_touched_since_is_left(allotment: Allotment, settings: Settings) -> None:
    long_ago = allotment("purge-inactive", "--before", "2000-01-01", "--yes")
    assert long_ago.stdout == "Deleted 0 users.\n"
    assert len(emails(settings)) == 5


@pytest.mark.parametrize("arguments", [[], ["--before", "yesterday"], ["--before", "2026-02-30", "--yes"]])
def test_what_is_no_day_is_refused(arguments: list[str], allotment: Allotment) -> None:
    result = allotment("purge-inactive", *arguments)
    assert (result.exit_code, "--before" in result.stderr) == (2, True)
