"""`allotment create-user`, `allotment create-tenant` and `allotment verify-email`."""

import asyncio
import os
import subprocess
from pathlib import Path
from select import select
from typing import Any

import pytest
from sqlalchemy import text

from database.engine import Database
from models.membership import Role
from server.cli.database import run_with_database
from server.config.settings import Settings
from services.people.passwords import Passwords
from tests.sign_in.helpers import OWNER, own_events, tenant_events
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner, command_runner
from tests.support.server_process import build_command, build_environment

CREATE_USER = ("create-user", "ada@example.test", "--name", "Ada Beech", "--password-stdin")
PASSWORD = "Correct-horse-1!"


def fetch_rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of the database, without tenant scope."""

    async def read(database: Database) -> list[tuple[Any, ...]]:
        async with database.read_engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    return run_with_database(settings, read)


def execute(settings: Settings, sql: str) -> None:
    """Execute a statement, without tenant scope."""

    async def write(database: Database) -> None:
        async with database.write_engine.begin() as connection:
            await connection.execute(text(sql))

    run_with_database(settings, write)


def test_create_user_stores_a_user_who_can_log_in(allotment: CommandRunner, settings: Settings) -> None:
    result = allotment(*CREATE_USER, input=f"{PASSWORD}\n")
    assert (result.exit_code, result.output) == (0, "Created the user ada@example.test.\n")
    sql = 'SELECT email, full_name, is_active, is_superuser, password_hash FROM "user"'
    ((*columns, password_hash),) = fetch_rows(settings, sql)
    assert columns == ["ada@example.test", "Ada Beech", True, False]
    assert run_with_database(settings, lambda _: Passwords(4).verify(PASSWORD, password_hash))


def test_superuser_option_creates_superuser(allotment: CommandRunner, settings: Settings) -> None:
    assert allotment(*CREATE_USER, "--superuser", input=PASSWORD).exit_code == 0
    assert fetch_rows(settings, 'SELECT is_superuser FROM "user"') == [(True,)]


@pytest.mark.parametrize(
    ("arguments", "password", "problem"),
    [
        (
            ["create-user", "ada@example.test", "--name", "A"],
            "Seven7!",
            "password: A password must have at least 8",
        ),
        (
            ["create-user", "ada@example.test", "--name", "A"],
            "X1!" * 43,
            "password: A password may have at most 128",
        ),
        (
            ["create-user", "ada@example.test", "--name", "A"],
            "Password1!",
            "password: This password is too easy",
        ),
        (["create-user", "ada", "--name", "A"], PASSWORD, "email: Not a valid email address: "),
        (["create-user", "ada@example.test", "--name", " "], PASSWORD, "full name: Must not be empty."),
    ],
)
def test_invalid_user_is_rejected(allotment: CommandRunner, arguments: list[str], password: str, problem: str) -> None:
    result = allotment(*arguments, "--password-stdin", input=password)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"allotment: {problem}")
    assert password not in result.output


def test_email_is_unique_ignoring_case(allotment: CommandRunner) -> None:
    allotment(*CREATE_USER, input=PASSWORD)
    second_result = allotment("create-user", "Ada@Example.test", *CREATE_USER[2:], input=PASSWORD)
    assert (second_result.exit_code, second_result.stderr) == (
        1,
        "allotment: email: Another user already has this email.\n",
    )


def test_password_is_not_prompted_for_without_terminal(allotment: CommandRunner) -> None:
    result = allotment(*CREATE_USER[:-1])
    assert (result.exit_code, "--password-stdin" in result.stderr) == (1, True)


def test_unmigrated_database_is_reported(tmp_path: Path) -> None:
    result = command_runner(f"sqlite:///{tmp_path / 'empty.db'}")(*CREATE_USER, input=PASSWORD)
    assert result.exit_code == 1
    assert result.stderr == "allotment: The database has no tables yet. Run `allotment migrate`, then start again.\n"


@pytest.mark.only("sqlite")
def test_password_is_prompted_for_twice_and_not_shown(database_url: str, settings: Settings) -> None:
    terminal, child_terminal = os.openpty()
    with subprocess.Popen(
        build_command(*CREATE_USER[:-1]), env=build_environment(database_url),
        stdin=child_terminal, stdout=child_terminal, stderr=child_terminal,
        start_new_session=True,  # without a controlling terminal, it prompts on standard input
    ) as process:  # fmt: skip
        try:
            output = ""
            for first, repeated in ((PASSWORD, "another"), (PASSWORD, PASSWORD)):
                for prompt, answer in (("Password: ", first), ("Repeat the password: ", repeated)):
                    output += read_until(terminal, prompt)
                    os.write(terminal, f"{answer}\n".encode())
            output += read_until(terminal, "Created the user")
            assert process.wait(30) == 0
        finally:
            process.kill()
    os.close(terminal)
    os.close(child_terminal)
    assert "do not match" in output
    assert PASSWORD not in output
    assert len(fetch_rows(settings, 'SELECT id FROM "user"')) == 1


def read_until(terminal: int, expected: str) -> str:
    """Return the output of a terminal until it contains the expected text."""
    output = ""
    while expected not in output:
        ready, _, _ = select([terminal], [], [], 30)
        assert ready, f"still waiting for {expected!r} after {output!r}"
        output += os.read(terminal, 1000).decode()
    return output


def test_create_tenant_stores_its_owner(allotment: CommandRunner, settings: Settings) -> None:
    allotment(*CREATE_USER, input=PASSWORD)
    result = allotment("create-tenant", "Demo Gardens", "--slug", "demo", "--owner", " ADA@example.test")
    assert result.exit_code == 0
    joined = 'tenant JOIN membership ON tenant.id = tenant_id JOIN "user" ON "user".id = user_id'
    tenants = fetch_rows(settings, f"SELECT name, slug, email, role FROM {joined}")  # noqa: S608  (constant)
    assert tenants == [("Demo Gardens", "demo", "ada@example.test", "OWNER")]


def test_invalid_tenant_is_rejected(allotment: CommandRunner, settings: Settings) -> None:
    allotment(*CREATE_USER, input=PASSWORD)
    allotment("create-tenant", "First", "--slug", "first", "--owner", "ada@example.test")
    for slug, owner, problem in (
        ("first", "ada@example.test", "slug: Another tenant already has this slug."),
        ("Not-A-Slug", "ada@example.test", "slug: Must consist of lower-case letters"),
        ("second", "bob@example.test", "owner: There is no user bob@example.test"),
    ):
        result = allotment("create-tenant", "Second", "--slug", slug, "--owner", owner)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"allotment: {problem}")
    assert len(fetch_rows(settings, "SELECT id FROM tenant")) == 1


def test_owner_of_a_tenant_has_verified_the_address(allotment: CommandRunner, settings: Settings) -> None:
    """Otherwise someone else may have registered the account. Without a password, only the owner of the address can
    use it."""
    allotment(*CREATE_USER, input=PASSWORD)
    create = ("create-tenant", "Demo", "--slug", "demo", "--owner", "ada@example.test")
    execute(settings, 'UPDATE "user" SET email_verified_at = NULL')
    refused = allotment(*create)
    assert refused.exit_code == 1
    assert "owner: ada@example.test has not verified the address" in refused.stderr
    assert refused.stderr.endswith("allotment verify-email ada@example.test\n")
    assert fetch_rows(settings, "SELECT id FROM tenant") == []
    execute(settings, 'UPDATE "user" SET password_hash = NULL')
    assert allotment(*create).exit_code == 0


def test_operator_verifies_an_address(allotment: CommandRunner, settings: Settings) -> None:
    allotment(*CREATE_USER, input=PASSWORD)
    execute(settings, 'UPDATE "user" SET email_verified_at = NULL')
    result = allotment("verify-email", "Ada@Example.test")
    assert (result.exit_code, result.output) == (0, "Verified the email address Ada@Example.test.\n")
    verified = 'SELECT email_verified_at FROM "user"'
    ((first,),) = fetch_rows(settings, verified)
    assert first is not None
    assert allotment("verify-email", "ada@example.test").exit_code == 0
    assert fetch_rows(settings, verified) == [(first,)]


async def test_user_sees_that_the_operator_verified_the_address(
    app_fixture: AppFixture, allotment: CommandRunner
) -> None:
    await app_fixture.execute_sql(
        text("""UPDATE "user" SET email_verified_at = NULL WHERE email = 'owner@here.test'""")
    )
    for _ in range(2):  # the second call changes nothing
        assert (await asyncio.to_thread(allotment, "verify-email", OWNER)).exit_code == 0
    owner = app_fixture.tenant.client(Role.OWNER)
    (event,) = await own_events(owner)
    assert (event["kind"], event["user"]) == ("EMAIL_VERIFIED_BY_OPERATOR", {"email": OWNER})
    assert (event["address"], event["device"]) == (None, None)
    assert await tenant_events(owner, kind={"eq": "EMAIL_VERIFIED_BY_OPERATOR"}) == [event]


def test_unknown_address_is_not_verified(allotment: CommandRunner) -> None:
    result = allotment("verify-email", "bob@example.test")
    assert (result.exit_code, result.stderr) == (1, "allotment: There is no user bob@example.test.\n")
