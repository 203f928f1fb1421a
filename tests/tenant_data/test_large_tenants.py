"""Tenants with many rows: memory that does not depend on their number, and commands that are killed at any time."""

import asyncio
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from models import ImportProgress, Team
from models.ids import new_ids
from models.membership import Role
from models.relations import table_of
from server.tenant_data.transactions import begin_write, read_snapshot
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.server_process import build_command, build_environment
from tests.tenancy.tenant_rows import TenantRows
from tests.tenant_data.helpers import comparable, erase, export, run, without_remains

pytestmark = pytest.mark.slow
MANY, FEW = 8_000, 1_000
TIMEOUT_SECONDS = 60
MAX_GROWTH_KIB = 8 * 1024
"""8,000 teams as Python objects would take more."""
MEASURED = """
import resource, sys
from typer.testing import CliRunner
from server.cli import app
result = CliRunner().invoke(app, sys.argv[1:])
assert result.exit_code == 0, result.output
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


async def add_teams(app_fixture: AppFixture, count: int) -> None:
    """Insert teams with long names, without the audit."""
    tenant, table = app_fixture.tenant, table_of(Team)
    async with begin_write(app_fixture.database, tenant.id) as connection:
        for start in range(0, count, 1000):
            teams = [
                Team(tenant_id=tenant.id, id=id, name=f"{id} {'x' * 50}"[:100]).model_dump() for id in new_ids(1000)
            ]
            await connection.execute(insert(table), teams)
            assert start < count


async def count(app_fixture: AppFixture) -> tuple[int, int]:
    """Return how many teams there are, and how many rows an import has written. Wait for no writer: on SQLite a command
    could end in the meantime."""
    async with read_snapshot(app_fixture.database, app_fixture.tenant.id) as connection:
        teams, progress = table_of(Team), table_of(ImportProgress)
        number = await connection.scalar(
            select(func.count()).select_from(teams).where(teams.c.tenant_id == app_fixture.tenant.id)
        )
        return number or 0, await connection.scalar(select(func.coalesce(func.sum(progress.c.rows), 0))) or 0


def measure(database_url: str, *arguments: object) -> int:
    """Return the largest resident memory of a command in KiB."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
    result = subprocess.run(command, env=build_environment(database_url), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return int(result.stdout.split()[-1])


@pytest.mark.only("postgresql")
async def test_memory_does_not_depend_on_the_number_of_rows(
    app_fixture: AppFixture, allotment: CommandRunner, database_url: str, tmp_path: Path
) -> None:
    sizes = []
    for number, name in ((FEW, "few.jsonl.gz"), (MANY - FEW, "many.jsonl.gz")):
        await add_teams(app_fixture, number)
        exported = await asyncio.to_thread(
            measure, database_url, "tenant", "export", "here", "--output", tmp_path / name
        )
        await erase(allotment)
        imported = await asyncio.to_thread(measure, database_url, "tenant", "import", tmp_path / name)
        erased = await asyncio.to_thread(measure, database_url, "tenant", "erase", "here", "--yes")
        await run(allotment, "import", tmp_path / name)
        sizes.append((exported, imported, erased))
    assert (await count(app_fixture))[0] == MANY
    growth = [many - few for few, many in zip(*sizes, strict=True)]
    assert max(growth) < MAX_GROWTH_KIB, (sizes, resource.getpagesize())


async def kill(database_url: str, folder: Path, *arguments: object, when: Callable[[], Awaitable[bool]]) -> None:
    """Start a command, and kill it when the condition holds."""
    with (folder / "killed.log").open("wb") as log:
        command = build_command("tenant", *map(str, arguments))
        environment = build_environment(database_url)
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while process.returncode is None and not await when():  # noqa: ASYNC110 -- another process writes
                await asyncio.sleep(0)
        assert process.returncode is None, (folder / "killed.log").read_text()
        process.kill()
        assert await process.wait() == -signal.SIGKILL, (folder / "killed.log").read_text()


async def test_killed_commands_continue(
    app_fixture: AppFixture, tenant_rows: TenantRows, allotment: CommandRunner, database_url: str, tmp_path: Path
) -> None:
    await add_teams(app_fixture, MANY)
    before = comparable(await tenant_rows.dump_tenant(app_fixture.tenant.id))
    file = await export(allotment, tmp_path / "here.jsonl")

    async def is_partly_erased() -> bool:
        return (await count(app_fixture))[0] < MANY

    async def is_partly_imported() -> bool:
        return (await count(app_fixture))[1] > 0

    await kill(database_url, tmp_path, "erase", "here", "--yes", when=is_partly_erased)
    assert (await app_fixture.tenant.client(Role.OWNER)("{ teams { totalCount } }")).error_codes == ["FORBIDDEN"]
    await erase(allotment)
    assert await count(app_fixture) == (0, 0)
    await kill(database_url, tmp_path, "import", file, when=is_partly_imported)
    partly, rows = await count(app_fixture)
    assert 0 < rows < MANY
    assert partly <= rows
    assert (await app_fixture.tenant.client(Role.OWNER)("{ teams { totalCount } }")).error_codes == ["FORBIDDEN"]
    await run(allotment, "import", file)
    assert without_remains(comparable(await tenant_rows.dump_tenant(app_fixture.tenant.id))) == before
