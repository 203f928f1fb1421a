"""`allotment create-user` and `allotment create-tenant`."""

import os
import subprocess
from pathlib import Path
from select import select
from typing import Any

import pytest
from sqlalchemy import text

from server.cli.database import run
from server.database import Database
from server.settings import Settings
from services.passwords import Passwords
from tests.support.command_line import Allotment, on
from tests.support.server_process import command, environment

ADA = ("create-user", "ada@garden.test", "--name", "Ada Beech", "--password-stdin")
PASSWORD = "Correct-horse-1!"


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """What is in the database, past all scopes."""

    async def read(database: Database) -> list[tuple[Any, ...]]:
        async with database.reading.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    return run(settings, read)


def test_a_user_is_created_who_can_sign_in(allotment: Allotment, settings: Settings) -> None:
    result = allotment(*ADA, input=f"{PASSWORD}\n")
    assert (result.exit_code, result.output) == (0, "Created the user ada@garden.test.\n")
    sql = 'SELECT email, full_name, is_active, is_superuser, password_hash FROM "user"'
    ((*ada, hashed),) = rows(settings, sql)
    assert ada == ["ada@garden.test", "Ada Beech", True, False]
    assert run(settings, lambda _: Passwords(4).verify(PASSWORD, hashed))


def test_a_superuser_is_created(allotment: Allotment, settings: Settings) -> None:
    assert allotment(*ADA, "--superuser", input=PASSWORD).exit_code == 0
    assert rows(settings, 'SELECT is_superuser FROM "user"') == [(True,)]


@pytest.mark.parametrize(
    ("arguments", "password", "problem"),
    [
        (
            ["create-user", "ada@garden.test", "--name", "A"],
            "Seven7!",
            "password: A password must have at least 8",
        ),
        (
            ["create-user", "ada@garden.test", "--name", "A"],
            "X1!" * 43,
            "password: A password may have at most 128",
        ),
        (
            ["create-user", "ada@garden.test", "--name", "A"],
            "Password1!",
            "password: This password is too easy",
        ),
        (["create-user", "ada", "--name", "A"], PASSWORD, "email: Not an e-mail address: "),
        (["create-user", "ada@garden.test", "--name", " "], PASSWORD, "full name: String should have at least 1"),
    ],
)
def test_what_is_no_user_is_refused(allotment: Allotment, arguments: list[str], password: str, problem: str) -> None:
    result = allotment(*arguments, "--password-stdin", input=password)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"allotment: {problem}")
    assert password not in result.output


def test_an_address_is_taken_whatever_its_case(allotment: Allotment) -> None:
    allotment(*ADA, input=PASSWORD)
    again = allotment("create-user", "Ada@Garden.test", *ADA[2:], input=PASSWORD)
    assert (again.exit_code, again.stderr) == (1, "allotment: email: Another user has this email already.\n")


def test_nobody_is_asked_where_nobody_is(allotment: Allotment) -> None:
    result = allotment(*ADA[:-1])
    assert (result.exit_code, "--password-stdin" in result.stderr) == (1, True)


def test_a_database_that_is_behind_is_named(tmp_path: Path) -> None:
    result = on(f"sqlite:///{tmp_path / 'empty.db'}")(*ADA, input=PASSWORD)
    assert result.exit_code == 1
    assert result.stderr == "allotment: The database has no tables yet. Run `allotment migrate`, then start again.\n"


@pytest.mark.only("sqlite")
def test_the_password_is_asked_for_twice_and_not_shown(database_url: str, settings: Settings) -> None:
    here, there = os.openpty()
    with subprocess.Popen(
        command(*ADA[:-1]), env=environment(database_url), stdin=there, stdout=there, stderr=there,
        start_new_session=True,  # without a terminal of its own it asks on standard input
    ) as asked:  # fmt: skip
        try:
            said = ""
            for first, again in ((PASSWORD, "another"), (PASSWORD, PASSWORD)):
                for question, answer in (("Password: ", first), ("Once more: ", again)):
                    said += heard(here, question)
                    os.write(here, f"{answer}\n".encode())
            said += heard(here, "Created the user")
            assert asked.wait(30) == 0
        finally:
            asked.kill()
    os.close(here)
    os.close(there)
    assert "do not match" in said
    assert PASSWORD not in said
    assert len(rows(settings, 'SELECT id FROM "user"')) == 1


def heard(terminal: int, awaited: str) -> str:
    """What a terminal shows until it shows this."""
    said = ""
    while awaited not in said:
        ready, _, _ = select([terminal], [], [], 30)
        assert ready, f"still waiting for {awaited!r} after {said!r}"
        said += os.read(terminal, 1000).decode()
    return said


def test_a_tenant_is_created_with_its_owner(allotment: Allotment, settings: Settings) -> None:
    allotment(*ADA, input=PASSWORD)
    result = allotment("create-tenant", "Demo Gardens", "--slug", "demo", "--owner", " ADA@garden.test")
    assert result.exit_code == 0
    joined = 'tenant JOIN membership ON tenant.id = tenant_id JOIN "user" ON "user".id = user_id'
    found = rows(settings, f"SELECT name, slug, email, role FROM {joined}")  # noqa: S608  (our own words)
    assert found == [("Demo Gardens", "demo", "ada@garden.test", "OWNER")]


def test_what_is_no_tenant_is_refused(allotment: Allotment, settings: Settings) -> None:
    allotment(*ADA, input=PASSWORD)
    allotment("create-tenant", "First", "--slug", "first", "--owner", "ada@garden.test")
    for slug, owner, problem in (
        ("first", "ada@garden.test", "slug: Another tenant has this slug already."),
        ("Not-A-Slug", "ada@garden.test", "slug: Use lower-case letters"),
        ("second", "bob@garden.test", "owner: There is no user bob@garden.test"),
    ):
        result = allotment("create-tenant", "Second", "--slug", slug, "--owner", owner)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"allotment: {problem}")
    assert len(rows(settings, "SELECT id FROM tenant")) == 1
