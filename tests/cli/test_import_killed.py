"""`allotment import` whose process is killed: resuming it imports each row exactly once."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from models import AuditEntry, ImportProgress, Task
from server.config.paths import PROJECT_ROOT
from tests.cli.transfer_helpers import read_csv, run_import, stored, write_tasks
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import fetch_table
from tests.support.server_process import build_environment

pytestmark = pytest.mark.slow

ROWS = 403
CHUNK = 7
KILLING_COMMAND = """
import os, signal, sys
from server.cli import main
from services.core.transfer import importing
from services.core.unit_of_work import UnitOfWork

moment, position = sys.argv.pop(1), int(sys.argv.pop(1))
import_chunk, commit = importing.import_chunk, UnitOfWork.commit
is_last = False

async def count_chunk(work, target, rows, write_errors, progress):
    global is_last
    problems = await import_chunk(work, target, rows, write_errors, progress)
    is_last = progress[1] >= position
    return problems

async def kill_beside_commit(work):
    if not is_last or moment == "after":
        await commit(work)
    if is_last:
        os.kill(os.getpid(), signal.SIGKILL)

importing.import_chunk, UnitOfWork.commit = count_chunk, kill_beside_commit
main()
"""
"""Imports, and kills its own process before or after the commit of the chunk that begins at a row or after it."""


async def test_killed_import_is_resumed_exactly(
    allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path, database_url: str
) -> None:
    """Before the commit, the errors of the chunk are in the file already."""
    tenant, file = app_fixture.tenant, write_tasks(tmp_path / "tasks.csv", ROWS)
    options = ("import", str(file), "--type", "task", "--tenant", "here", "--chunk", str(CHUNK))
    progress: list[int] = []
    for moment, position in (("before", 70), ("after", 140)):
        command = (sys.executable, "-c", KILLING_COMMAND, moment, str(position), *options)
        resume = ("--resume",) if progress else ()
        environment = build_environment(database_url)
        process = await asyncio.create_subprocess_exec(*command, *resume, env=environment, cwd=PROJECT_ROOT)
        assert await process.wait() == -signal.SIGKILL
        progress += await stored(tenant, ImportProgress, "rows")
    assert progress == [70, 140 + CHUNK]
    result = await run_import(allotment, file, "--resume")
    assert result.exit_code == 1
    expected = [f"Task {n}" for n in range(ROWS) if n % 5 != 4]
    assert await stored(tenant, Task, "title") == expected
    assert len([each for each in await fetch_table(tenant, AuditEntry) if each["noun"] == "Task"]) == len(expected)
    assert [row["title"] for row in read_csv(tmp_path / "tasks.errors.csv")] == [f"Task {n}" for n in range(4, ROWS, 5)]
    assert await stored(tenant, ImportProgress, "rows", "rejected") == [(ROWS, ROWS - len(expected))]
