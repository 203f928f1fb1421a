"""`allotment tenant import`: files that are damaged or do not fit, interruptions, and several imports at once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.membership import Role
from server.database_factory import build_database
from server.tenant_data import importing
from server.tenant_data.errors import SupersededError
from server.tenant_data.import_start import begin_import
from server.tenant_data.inspection import inspect
from tests.cli.conftest import allotment
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData
from tests.support.settings import build_settings
from tests.tenancy.conftest import tenant_rows
from tests.tenancy.tenant_rows import TenantRows
from tests.tenant_data.helpers import (
    Lines,
    comparable,
    erase,
    export,
    read_lines,
    rows_of,
    run,
    without_remains,
    write_lines,
)

__all__ = ["allotment", "tenant_rows"]


def ignore(*_: object) -> None:
    """Report no progress."""


def _set(table: str, column: str, value: Any) -> Callable[[Lines], Any]:
    def change(lines: Lines) -> None:
        rows_of(lines, table)[0][column] = value

    return change


def _move_last_first(lines: Lines) -> None:
    lines.insert(1, lines.pop(-2))


INVALID_LINES: list[tuple[Callable[[Lines], Any], str]] = [
    (lambda lines: lines[0].update(format="other"), "line 1: is not the header of an export"),
    (lambda lines: lines[0].update(version=2), "the format has the version 2; this command reads 1"),
    (lambda lines: lines[0].pop("counts"), "line 1: the header is not complete"),
    (lambda lines: lines[0].update(revision="0001"), "The file is of the database revision 0001"),
    (lambda lines: lines[0]["counts"].pop("task"), "line 1: does not name the tables of this version"),
    (lambda lines: lines[0]["counts"].update(task=7), "there are 3 rows of task, not 7"),
    (lambda lines: lines.insert(2, {"table": "secrets", "row": {}}), "line 3: there is no table secrets"),
    (lambda lines: lines.insert(2, {"row": {}}), "line 3: is not a row, such as"),
    (_move_last_first, "must be before those of"),
    (_set("task", "title", None), "task.title must not be null"),
    (_set("task", "title", "x" * 201), "task.title is longer than 200 characters"),
    (_set("task", "title", "a\0b"), "task.title contains the character NUL"),
    (_set("task", "status", "LATER"), "task.status 'LATER' is not a valid TaskStatus"),
    (_set("task", "version", "1"), "task.version is not an integer of 32 bits"),
    (_set("task", "version", 2**31), "task.version is not an integer of 32 bits"),
    (_set("task", "id", "task_1"), "task.id badly formed hexadecimal UUID string"),
    (_set("task", "created_at", "2026-01-01T00:00:00"), "task.created_at has no offset from UTC"),
    (_set("task", "due_date", "tomorrow"), "task.due_date"),
    (_set("task", "color", "red"), "columns of task are missing or unknown: color"),
    (_set("product", "price", 12.5), "product.price is not text"),
    (_set("product", "price", "0.001"), "product.price"),
    (_set("event", "data", "{}"), "event.data is neither a JSON object nor a list"),
    (_set("tenant", "id", "01a1fcdc-9faf-7228-bfea-e0fdbde1ef92"), "is not the tenant that the header names"),
]


@pytest.mark.only("sqlite")
async def test_invalid_lines_are_refused_before_anything_is_written(
    sample_data: SampleData, allotment: CommandRunner, tenant_rows: TenantRows, tmp_path: Path
) -> None:
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    lines = file.read_bytes()
    before = await tenant_rows.dump_all()
    for change, message in INVALID_LINES:
        file.write_bytes(lines)
        changed = read_lines(file)
        change(changed)
        refused = await run(allotment, "import", write_lines(file, changed), status=1)
        assert message in refused.stderr, message
    assert await tenant_rows.dump_all() == before
    assert sample_data.rows


DAMAGES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda content: b"", "line 1: the file ends here"),
    (lambda content: b"[]\n", "line 1: is not a JSON object"),
    (lambda content: content[: len(content) // 2], "the file ends here: it is not complete"),
    (lambda content: content[: content.rindex(b'{"end"')], "the file ends here: it is not complete"),
    (lambda content: content.replace(b"Task 1", b"Task 9"), "the checksum differs: the file was changed or damaged"),
    (lambda content: content + b"{}\n", "nothing may follow the end"),
    (lambda content: content.replace(b'"table":"task"', b'"table":task'), "is not valid JSON"),
    (lambda content: content.replace(b'"title":"', b'"title":"\xff'), "is not valid JSON"),
]


@pytest.mark.only("sqlite")
async def test_damaged_files_are_refused(sample_data: SampleData, allotment: CommandRunner, tmp_path: Path) -> None:
    assert sample_data.rows
    content = (await export(allotment, tmp_path / "here.jsonl")).read_bytes()
    await erase(allotment)
    for damage, message in DAMAGES:
        (tmp_path / "damaged.jsonl").write_bytes(damage(content))
        refused = await run(allotment, "import", tmp_path / "damaged.jsonl", status=1)
        assert message in refused.stderr, message
    for name in ("damaged.jsonl.gz", "damaged.jsonl.zst"):
        for damaged in (content, b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
            (tmp_path / name).write_bytes(damaged)
            assert "line 1: " in (await run(allotment, "import", tmp_path / name, status=1)).stderr
    assert "No such file" in (await run(allotment, "import", tmp_path / "missing.jsonl", status=1)).stderr


@pytest.mark.only("sqlite")
async def test_violated_constraint_names_the_lines(
    sample_data: SampleData, allotment: CommandRunner, tmp_path: Path
) -> None:
    """A file that was changed by hand: a reference to a missing row. The tenant stays closed, and can be erased."""
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    lines = read_lines(file)
    rows_of(lines, "task")[0]["project_id"] = "01a1fcdc-9faf-7228-bfea-e0fdbde1ef92"
    refused = await run(allotment, "import", write_lines(file, lines), status=1)
    assert "lines 2 to " in refused.stderr
    assert "FOREIGN KEY constraint failed" in refused.stderr
    assert (await sample_data.tenant.client(Role.OWNER)("{ tasks { totalCount } }")).error_codes == ["FORBIDDEN"]
    await erase(allotment)


@pytest.mark.slow
async def test_existing_tenants_and_slugs_are_refused(
    sample_data: SampleData, allotment: CommandRunner, tmp_path: Path
) -> None:
    tenant = sample_data.tenant
    file = await export(allotment, tmp_path / "here.jsonl")
    assert "The tenant exists here, with the slug here" in (await run(allotment, "import", file, status=1)).stderr
    taken = await run(allotment, "import", file, "--slug", "there", status=1)
    assert "Another tenant has the slug there. Choose another one with --slug." in taken.stderr
    assert "slug: " in (await run(allotment, "import", file, "--slug", "Not a slug", status=1)).stderr
    await erase(allotment)
    await run(allotment, "import", file, "--slug", "elsewhere")
    client = tenant.app_fixture.client(tenant.users[Role.OWNER], "elsewhere")
    assert (await client("{ tasks { totalCount } }")).data["tasks"]["totalCount"] == len(sample_data.rows["task"])


@pytest.mark.slow
async def test_interrupted_import_continues(
    sample_data: SampleData,
    allotment: CommandRunner,
    tenant_rows: TenantRows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = sample_data.tenant
    before = comparable(await tenant_rows.dump_tenant(tenant.id))
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    monkeypatch.setattr(importing, "CHUNK_ROWS", 7)
    write, chunks = importing._import_chunk, 0  # noqa: SLF001

    async def fail_later(*arguments: Any) -> None:
        nonlocal chunks
        chunks += 1
        await write(*arguments)
        if chunks == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_import_chunk", fail_later)
    interrupted = await run(allotment, "import", file, status=130)
    assert "The same command imports the remaining rows." in interrupted.stderr
    assert set((await tenant.client(Role.OWNER)("{ tasks { totalCount } }")).error_codes) == {"FORBIDDEN"}
    assert "is being imported or erased" in (await run(allotment, "export", "here", status=1)).stderr
    lines = read_lines(file)
    rows_of(lines, "tenant")[0]["name"] = "Other"
    other = await run(allotment, "import", write_lines(tmp_path / "other.jsonl", lines), status=1)
    assert "Another import or the erasure of the tenant here is not complete" in other.stderr
    result = await run(allotment, "import", file)
    assert "Rows that an earlier run had imported: 35." in result.output
    assert without_remains(comparable(await tenant_rows.dump_tenant(tenant.id))) == before


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import three rows in each transaction."""
    monkeypatch.setattr(importing, "CHUNK_ROWS", 3)


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
async def test_two_imports_at_once(
    sample_data: SampleData,
    allotment: CommandRunner,
    tenant_rows: TenantRows,
    database_url: str,
    tmp_path: Path,
) -> None:
    """The one that begins later takes over, and no row is written twice."""
    tenant = sample_data.tenant
    before = comparable(await tenant_rows.dump_tenant(tenant.id))
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    inspection = inspect(file, ignore, ignore)
    databases = [build_database(build_settings(database_url)) for _ in range(2)]
    first = await begin_import(databases[0], inspection, create_users=False)
    running = asyncio.create_task(importing.import_rows(first, file, ignore, ignore))
    await asyncio.sleep(0)
    second = await begin_import(databases[1], inspection, create_users=False)
    await importing.import_rows(second, file, ignore, ignore)
    with pytest.raises(SupersededError):
        await running
    assert without_remains(comparable(await tenant_rows.dump_tenant(tenant.id))) == before
    for database in databases:
        await database.close()


@pytest.mark.slow
async def test_erasure_stops_an_import(
    sample_data: SampleData, allotment: CommandRunner, tenant_rows: TenantRows, tmp_path: Path, monkeypatch: Any
) -> None:
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    monkeypatch.setattr(importing, "CHUNK_ROWS", 3)
    write, loop, chunks = importing._write, asyncio.get_running_loop(), 0  # noqa: SLF001

    async def erase_before_fifth_chunk(*arguments: Any) -> None:
        nonlocal chunks
        chunks += 1
        if chunks == 5:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(erase(allotment), loop))
        await write(*arguments)

    monkeypatch.setattr(importing, "_write", erase_before_fifth_chunk)
    stopped = await run(allotment, "import", file, status=1)
    assert "Another process imports or erases this tenant; this one has stopped." in stopped.stderr
    rows = await tenant_rows.dump_tenant(sample_data.tenant.id)
    assert {name for name, found in rows.items() if found} == {"audit_entry"}
