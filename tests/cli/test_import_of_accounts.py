"""`allotment import` and `allotment export` of workers with accounts."""

from pathlib import Path

import pytest

from models import Worker
from models.ids import public_id
from models.membership import Role
from tests.cli.transfer_helpers import read_csv, run_export, run_import, stored, write_csv
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner

pytestmark = pytest.mark.slow


async def test_workers_are_linked_by_address_and_by_id(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    tenant = app_fixture.tenant
    member, admin = tenant.users[Role.MEMBER], tenant.users[Role.ADMIN]
    foreign = app_fixture.other_tenant.users[Role.MEMBER]
    file = write_csv(
        tmp_path / "workers.csv",
        {"name": "Ann", "userId": "", "user": " MEMBER@here.test"},
        {"name": "Bob", "userId": public_id("user", admin.id), "user": ""},
        {"name": "Cid", "userId": "", "user": ""},
        {"name": "Dan", "userId": "", "user": foreign.email},
        {"name": "Eve", "userId": public_id("user", foreign.id), "user": ""},
        {"name": "Fay", "userId": "", "user": member.email},
    )
    assert (await run_import(allotment, file, noun="worker")).exit_code == 1
    assert await stored(tenant, Worker, "name", "user_id") == [("Ann", member.id), ("Bob", admin.id), ("Cid", None)]
    errors = [(row["name"], row["errorCode"], row["errorField"]) for row in read_csv(tmp_path / "workers.errors.csv")]
    assert errors == [("Dan", "NOT_FOUND", "user"), ("Eve", "NOT_FOUND", "userId"), ("Fay", "TAKEN", "user")]
    exported = tmp_path / "exported.csv"
    assert (await run_export(allotment, exported, noun="worker")).exit_code == 0
    assert [(row["name"], row["user"]) for row in read_csv(exported)] == [
        ("Ann", member.email),
        ("Bob", admin.email),
        ("Cid", ""),
    ]


async def test_member_imports_only_own_account(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    for email, is_allowed in (("admin@here.test", False), ("member@here.test", True)):
        file = write_csv(tmp_path / f"{email}.csv", {"name": "Ann", "user": email})
        result = await run_import(allotment, file, "--as", "member@here.test", noun="worker")
        assert (result.exit_code == 0) is is_allowed, result.output
    assert await stored(app_fixture.tenant, Worker, "user_id") == [app_fixture.tenant.users[Role.MEMBER].id]
