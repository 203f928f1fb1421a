"""`allotment import` of a file whose process is killed: resuming it imports each row exactly once."""

import asyncio
from pathlib import Path

from models import AuditEntry, ImportProgress, Task
from server.config.paths import PROJECT_ROOT
from tests.cli.transfer_helpers import read_csv, run_import, stored, write_tasks
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import fetch_table
from tests.support.server_process import build_command, build_environment

ROWS = 803
CHUNK = 7
ROWS_BETWEEN_KILLS = 200
KILLS = 2
TIMEOUT_SECONDS = 60


async def count_rows(tenant: TenantFixture) -> int:
    """Return how many rows of the file are imported or rejected."""
    return sum(await stored(tenant, ImportProgress, "rows"))


async def kill_after(process: asyncio.subprocess.Process, tenant: TenantFixture, rows: int) -> None:
    """Kill an import when its committed chunks contain this many rows."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while await count_rows(tenant) < rows and process.returncode is None:  # noqa: ASYNC110 -- of another process
            await asyncio.sleep(0.005)
    process.kill()
    await process.wait()


async def test_killed_import_is_resumed_exactly(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, database_url: str
) -> None:
    tenant, file = app_fixture.tenant, write_tasks(tmp_path / "tasks.csv", ROWS)
    options = (str(file), "--type", "task", "--tenant", "here", "--chunk", str(CHUNK))
    for number in range(KILLS):
        command = build_command("import", *options, *(("--resume",) if number else ()))
        environment = build_environment(database_url)
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=PROJECT_ROOT)
        await kill_after(process, tenant, (number + 1) * ROWS_BETWEEN_KILLS)
        assert (number + 1) * ROWS_BETWEEN_KILLS <= await count_rows(tenant) < ROWS
    result = await run_import(allotment, file, "--resume")
    assert result.exit_code == 1
    expected = [f"Task {n}" for n in range(ROWS) if n % 5 != 4]
    assert await stored(tenant, Task, "title") == expected
    assert len([each for each in await fetch_table(tenant, AuditEntry) if each["noun"] == "Task"]) == len(expected)
    assert [row["title"] for row in read_csv(tmp_path / "tasks.errors.csv")] == [f"Task {n}" for n in range(4, ROWS, 5)]
    assert await stored(tenant, ImportProgress, "rows", "rejected") == [(ROWS, ROWS - len(expected))]
