"""`allotment export`, and files that are exported, imported and exported again."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from models import Product, Project, Task, Team, Worker
from models.ids import public_id
from models.membership import Role
from server.cli.transfer import exporting as exporting_command
from server.cli.transfer.formulas import protect, unprotect
from services.core.transfer import exporting
from tests.cli.transfer_helpers import read_csv, read_json_lines, run_export, run_import
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner

pytestmark = pytest.mark.slow

AWKWARD = (
    "=SUM(A1:A9)", "'=1", "''=1", "'", "-", "-5", "+1", "@x", "\tx", "\rx\r", 'say "hi", then\nleave', "a\r\nb\n\n",
    "é€😀\u2028x", " x ", "NULL", "null", "", ",", "'x", "-1.5", "-1e5", "\x0bx\x1c", "x\\", "\\n", "#", "\ufeffx",
)  # fmt: skip
GENERATED = ("id", "createdAt", "updatedAt", "version", "projectId", "assigneeId", "teamId", "userId")
READ = {"csv": read_csv, "jsonl": read_json_lines}


def without_generated(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file without ids and times."""
    rows: list[dict[str, Any]] = READ[path.suffix[1:]](path)
    return [{name: value for name, value in row.items() if name not in GENERATED} for row in rows]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
async def test_export_can_be_imported_into_another_tenant(
    ending: str, allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exported files of both tenants are equal, but for ids and times."""
    monkeypatch.setattr(exporting, "PAGE_SIZE", 5)
    tenant = app_fixture.tenant
    project = await tenant.create(Project, name='=Orchard, "the big" one')
    team = await tenant.create(Team, name="@Team")
    worker = await tenant.create(Worker, name="+Ada", email="=ada@here.test", team_id=team.id)
    await tenant.create(Worker, name="Bo", email=None)
    for number, text in enumerate(AWKWARD):
        references = {"project_id": project.id, "assignee_id": worker.id} if number % 2 else {}
        await tenant.create(Task, title=f"={number}", description=text, **references)
    await tenant.create(Product, name="Soil", stock=7, active=False)
    for noun in ("team", "project", "worker", "task", "product"):
        first, second = tmp_path / f"{noun}.{ending}", tmp_path / f"{noun}.again.{ending}"
        await run_export(allotment, first, noun=noun)
        assert (await run_import(allotment, first, noun=noun, tenant="there")).exit_code == 0
        await run_export(allotment, second, noun=noun, tenant="there")
        assert without_generated(first) == without_generated(second) != []
    assert len(without_generated(tmp_path / f"task.again.{ending}")) == len(AWKWARD)


@pytest.mark.parametrize("text", AWKWARD)
def test_protected_text_is_restored(text: str) -> None:
    assert unprotect(protect(text)) == text
    assert unprotect(protect(protect(text))) == protect(text)
    assert protect(text)[:1] not in {"=", "+", "@", "\t", "\r"}


async def test_exported_columns_and_values(allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path) -> None:
    team = await app_fixture.tenant.create(Team, name="Orchard")
    user = app_fixture.tenant.users[Role.MEMBER]
    worker = await app_fixture.tenant.create(
        Worker, name="Ada", email="ada@here.test", team_id=team.id, user_id=user.id, external_id="EXT"
    )
    await app_fixture.other_tenant.create(Worker, name="Other")
    output = tmp_path / "workers.jsonl"
    result = await run_export(allotment, output, noun="worker")
    assert result.stderr == "Rows exported: 1.\n"
    assert read_json_lines(output) == [
        {
            "id": public_id("worker", worker.id),
            "name": "Ada",
            "email": "ada@here.test",
            "teamId": public_id("team", team.id),
            "team": "Orchard",
            "userId": public_id("user", user.id),
            "user": user.email,
            "externalId": "EXT",
            "createdAt": worker.created_at.isoformat().replace("+00:00", "Z"),
            "updatedAt": worker.updated_at.isoformat().replace("+00:00", "Z"),
            "version": 1,
        }
    ]
    assert list(tmp_path.glob("*.partial")) == []


async def test_standard_output_is_csv_by_default(allotment: CommandRunner, app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Team, name="Orchard")
    result = await asyncio.to_thread(allotment, "export", "--type", "team", "--tenant", "here")
    header, row = result.stdout.splitlines()
    assert header == "id,name,externalId,createdAt,updatedAt,version"
    assert row.split(",")[1] == "Orchard"


def test_interrupted_export_leaves_no_file(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting_command, "export_pages", fail)
    result = allotment("export", "--type", "team", "--tenant", "here", "--output", str(tmp_path / "teams.csv"))
    assert (result.exit_code, result.stderr) == (1, "allotment: [Errno 28] No space left on device\n")
    assert list(tmp_path.glob("teams*")) == []
