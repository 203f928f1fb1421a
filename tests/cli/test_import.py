"""`allotment import`."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models import AuditEntry, ImportProgress, Product, Project, Task, Team, Worker
from models.audit_entry import ActorKind
from models.ids import public_id
from models.membership import Role
from server.cli.transfer.error_file import ERROR_COLUMNS
from services.core.transfer import importing
from tests.cli.transfer_helpers import (
    read_csv,
    read_json_lines,
    run_import,
    stored,
    write_csv,
    write_json_lines,
    write_tasks,
)
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.slow


async def test_csv_is_imported_with_all_types_of_values(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    tenant = app_fixture.tenant
    project = await tenant.create(Project, name="Orchard")
    worker = await tenant.create(Worker, email="ines@here.test")
    file = write_csv(
        tmp_path / "tasks.csv",
        {
            "title": "Dig",
            "status": "DONE",
            "dueDate": "2027-05-01",
            "project": " Orchard",
            "assignee": "INES@here.test",
        },
        {"title": "Sow", "status": "", "dueDate": "", "project": "", "assignee": ""},
    )
    result = await run_import(allotment, file)
    assert (result.exit_code, result.output) == (0, "Rows imported: 2.\n")
    assert await stored(tenant, Task, "title", "status", "due_date", "project_id", "assignee_id", "version") == [
        ("Dig", "DONE", datetime.date(2027, 5, 1), project.id, worker.id, 1),
        ("Sow", "TODO", None, None, None, 1),
    ]
    assert not (tmp_path / "tasks.errors.csv").exists()
    assert await stored(app_fixture.other_tenant, Task, "title") == []


async def test_json_lines_are_imported_with_all_types_of_values(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    rows = [
        {"name": "Soil", "price": "8.90", "stock": 7, "active": False},
        {"name": "Seed", "price": 2.5, "stock": "3", "description": 'Ünï\n"code"'},
    ]
    result = await run_import(allotment, write_json_lines(tmp_path / "products.jsonl", *rows), noun="product")
    assert (result.exit_code, result.output) == (0, "Rows imported: 2.\n")
    assert await stored(app_fixture.tenant, Product, "name", "price", "stock", "active", "description") == [
        ("Soil", Decimal("8.90"), 7, False, ""),
        ("Seed", Decimal("2.50"), 3, True, 'Ünï\n"code"'),
    ]


@pytest.mark.parametrize("kind", [ActorKind.OPERATOR, ActorKind.USER])
async def test_rows_are_audited_with_their_actor(
    kind: ActorKind, allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    user = app_fixture.tenant.users[Role.OWNER]
    options = ("--as", user.email) if kind is ActorKind.USER else ()
    result = await run_import(allotment, write_tasks(tmp_path / "tasks.csv", 3), *options)
    assert result.exit_code == 0
    entries = [each for each in await fetch_table(app_fixture.tenant, AuditEntry) if each["noun"] == "Task"]
    actor_id = user.id if kind is ActorKind.USER else None
    assert [(each["actor_kind"], each["actor_id"]) for each in entries] == [(kind, actor_id)] * 3


@pytest.mark.parametrize(
    ("role", "message"), [(Role.MEMBER, "Only an admin of the tenant can do this."), (None, "There is no user")]
)
async def test_import_as_a_user_without_access_is_refused(
    role: Role | None, message: str, allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    email = app_fixture.tenant.users[role].email if role else "unknown@here.test"
    file = write_csv(tmp_path / "products.csv", {"name": "Soil", "price": "1"})
    result = await run_import(allotment, file, "--as", email, noun="product")
    assert result.exit_code == 1
    assert message in result.stderr
    assert await stored(app_fixture.tenant, Product, "name") == []
    assert await stored(app_fixture.tenant, ImportProgress, "rows") == []


async def test_rejected_rows_can_be_corrected_and_imported(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    await app_fixture.tenant.create(Team, name="Orchard")
    await app_fixture.tenant.create(Worker, name="Taken", email="taken@here.test")
    file = write_csv(
        tmp_path / "workers.csv",
        {"name": "Ada", "email": "ada@here.test", "team": "Orchard", "teamId": ""},
        {"name": "", "email": "TAKEN@here.test", "team": "Orchard", "teamId": ""},
        {"name": "'=Bob", "email": "taken@here.test", "team": "", "teamId": ""},
        {"name": "Cy", "email": "cy@here.test", "team": "Nowhere", "teamId": ""},
        {"name": "Di", "email": "di", "team": "", "teamId": public_id("worker", app_fixture.tenant.id)},
    )
    result = await run_import(allotment, file, noun="worker")
    errors = tmp_path / "workers.errors.csv"
    assert (result.exit_code, result.stdout) == (1, "Rows imported: 1.\n")
    assert result.stderr == f"Rows that were rejected: 4; see {errors}.\n"
    rejected = read_csv(errors)
    assert [(row["errorLine"], row["errorCode"], row["errorField"], row["name"]) for row in rejected] == [
        ("3", "REQUIRED; TAKEN", "name; email", ""),
        ("4", "TAKEN", "email", "'=Bob"),
        ("5", "NOT_FOUND", "team", "Cy"),
        ("6", "INVALID; NOT_FOUND", "email; teamId", "Di"),
    ]
    corrections: dict[str, Any] = {"name": "'=New", "email": "", "team": "Orchard", "teamId": ""}
    result = await run_import(allotment, write_csv(errors, *(row | corrections for row in rejected)), noun="worker")
    assert (result.exit_code, result.stdout) == (0, "Rows imported: 4.\n")
    names = await stored(app_fixture.tenant, Worker, "name")
    assert sorted(names) == ["=New", "=New", "=New", "=New", "Ada", "Taken"]


async def test_rejected_json_lines_keep_their_values(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [
        {"title": 5},
        {"title": "a\0b"},
        {"description": "No title"},
        {"title": "Dig", "priority": "URGENT"},
    ]
    rows.append({"title": "Dig", "dueDate": "1767225600"})
    result = await run_import(allotment, write_json_lines(tmp_path / "tasks.jsonl", *rows))
    assert result.exit_code == 1
    rejected = read_json_lines(tmp_path / "tasks.errors.jsonl")
    assert [(row["errorLine"], row["errorCode"], row["errorField"]) for row in rejected] == [
        (1, "INVALID", "title"),
        (2, "INVALID", "title"),
        (3, "REQUIRED", "title"),
        (4, "INVALID", "priority"),
        (5, "INVALID", "dueDate"),
    ]
    assert [{name: row[name] for name in row if name not in ERROR_COLUMNS} for row in rejected] == rows


async def test_dry_run_checks_all_rows_and_writes_none(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    file = write_tasks(tmp_path / "tasks.csv", 10)
    result = await run_import(allotment, file, "--dry-run", "--chunk", "3")
    assert (result.exit_code, result.stdout) == (1, "Rows would be imported: 8.\n")
    assert len(read_csv(tmp_path / "tasks.errors.csv")) == 2
    assert await fetch_table(app_fixture.tenant, Task) + await fetch_table(app_fixture.tenant, ImportProgress) == []
    assert (await run_import(allotment, file)).stdout == "Rows imported: 8.\n"


@pytest.mark.parametrize("chunk", ["1", "2", "1000"])
async def test_dry_run_finds_the_same_repeated_values_as_the_import(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, chunk: str
) -> None:
    await app_fixture.tenant.create(Worker, email="taken@here.test")
    rows = [
        {"name": "A", "email": "a@here.test", "externalId": "1"},
        {"name": "B", "email": "A@here.test", "externalId": "2"},  # repeats the email address
        {"name": "C", "email": "c@here.test", "externalId": "2"},  # accepted: B was rejected
        {"name": "D", "email": "d@here.test", "externalId": "1"},  # repeats the external id
        {"name": "E", "email": "taken@here.test", "externalId": "3"},
        {"name": "F", "email": "d@here.test", "externalId": "3"},  # accepted: D and E were rejected
        {"name": "G", "email": "", "externalId": ""},
        {"name": "H", "email": "", "externalId": ""},
    ]
    file, rejected = write_csv(tmp_path / "workers.csv", *rows), []
    for option in ("--dry-run", "--restart"):
        await run_import(allotment, file, option, "--chunk", chunk, noun="worker")
        rejected.append(
            [(row["name"], row["errorCode"], row["errorField"]) for row in read_csv(tmp_path / "workers.errors.csv")]
        )
    assert rejected[0] == [("B", "TAKEN", "email"), ("D", "TAKEN", "externalId"), ("E", "TAKEN", "email")]
    assert rejected[1] == rejected[0]


async def test_interrupted_import_is_resumed_with_its_errors(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk that fails after it has written its errors is rolled back; its errors are removed."""
    file, errors = write_tasks(tmp_path / "tasks.csv", 23), tmp_path / "tasks.errors.csv"
    import_chunk = importing.import_chunk

    async def fail(work: Any, target: Any, rows: Any, write_errors: Any, progress: Any) -> Any:
        problems = await import_chunk(work, target, rows, write_errors, progress)
        if progress[1] >= 10:
            raise KeyboardInterrupt
        return problems

    monkeypatch.setattr(importing, "import_chunk", fail)
    result = await run_import(allotment, file, "--chunk", "5")
    assert (result.exit_code, "--resume" in result.stderr) == (130, True)
    assert len(read_csv(errors)) == 3
    monkeypatch.undo()
    for options in ((), ("--dry-run",)):
        refused = await run_import(allotment, file, *options)
        assert (refused.exit_code, "10 of the 23 rows" in refused.stderr) == (1, True)
    resumed = await run_import(allotment, file, "--chunk", "7", "--resume")
    assert resumed.stdout == "Rows imported: 11.\nRows that an earlier run had imported or rejected: 10.\n"
    assert [int(row["errorLine"]) for row in read_csv(errors)] == [6, 11, 16, 21]
    assert await stored(app_fixture.tenant, Task, "title") == [f"Task {n}" for n in range(23) if n % 5 != 4]
    again = await run_import(allotment, file, "--resume")
    assert again.stdout.startswith("Rows imported: 0.\n")
    assert (await run_import(allotment, file, "--restart")).stdout == "Rows imported: 19.\n"
    assert len(await stored(app_fixture.tenant, Task, "id")) == 38


async def test_errors_file_must_not_be_another_file(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    file = write_tasks(tmp_path / "tasks.csv", 5)
    notes = tmp_path / "notes.txt"
    notes.write_text("Keep these notes.")
    missing = tmp_path / "missing" / "errors.csv"
    for path, message in ((notes, "not overwritten"), (file, "Pass another file"), (missing, "There is no folder")):
        result = await run_import(allotment, file, "--errors", str(path))
        assert (result.exit_code, message in result.stderr) == (1, True)
    assert notes.read_text() == "Keep these notes."
    assert await stored(app_fixture.tenant, Task, "title") == []


async def test_standard_input_is_imported(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '{"title": "Dig"}\n{"title": ""}\n'
    result = await run_import(allotment, "-", "--format", "jsonl", input=text)
    assert (result.exit_code, result.stdout) == (1, "Rows imported: 1.\n")
    assert len(read_json_lines(tmp_path / "import.errors.jsonl")) == 1
    assert (await run_import(allotment, "-", "--format", "jsonl", "--resume", input=text)).exit_code == 1
    assert await stored(app_fixture.tenant, Task, "title") == ["Dig"]
