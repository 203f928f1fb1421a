"""A tenant that is exported, imported into the other engine, exported there, and imported again, is the same."""

import asyncio
import gzip
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from models import Session, User
from models.membership import Role
from models.relations import get_model
from server.tenant_data.tables import REVOCATIONS, list_tenant_tables, secret_columns, tables_of_file
from server.tenant_data.values import decoder_of
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData
from tests.tenancy.tenancy_fixtures import TenantPair
from tests.tenancy.tenant_rows import Dump, TenantRows
from tests.tenant_data.helpers import Lines, comparable, erase, export, read_lines, rows_of, run, without_remains

CONTENTS = """{
  tasks { totalCount nodes { id title workers { nodes { id } } } }
  articles { totalCount nodes { id title } }
  products { nodes { id stock } }
  accounts { nodes { id balance entries { nodes { amount } } } }
}"""


@pytest.mark.slow
async def test_tenant_moves_to_the_other_engine_and_back(
    tenants: TenantPair,
    tenant_rows: TenantRows,
    allotment: CommandRunner,
    other_allotment: CommandRunner,
    tmp_path: Path,
) -> None:
    own, stored = tenants.own_tenant.id, await tenant_rows.dump_tenant(tenants.own_tenant.id)
    before = comparable(stored)
    first = await export(allotment, tmp_path / "first.jsonl.zst")
    _assert_no_secrets(tenants, await tenant_rows.dump_all(), first)
    imported = await run(other_allotment, "import", first, "--create-users")
    assert f"created {len(before['membership'])} accounts" in imported.output
    second = await export(other_allotment, tmp_path / "second.jsonl.gz")
    assert _comparable_lines(second) == _comparable_lines(first)
    await erase(allotment)
    assert "created 0 accounts" in (await run(allotment, "import", second)).output
    restored = await tenant_rows.dump_tenant(own)
    assert without_remains(comparable(restored)) == before
    _assert_secrets_replaced(stored, restored)
    await tenants.assert_other_tenant_unchanged()


def _assert_no_secrets(tenants: TenantPair, rows: Dump, file: Path) -> None:
    content = str(read_lines(file))
    secrets = [row["hash"] for table in ("api_key", "invitation", "email_token") for row in rows[table]]
    secrets += [row["password_hash"] for row in rows["user"]] + [str(row["id"]) for row in rows["session"]]
    assert len(secrets) > 10
    assert [secret for secret in secrets if secret and secret in content] == []
    assert str(tenants.other_tenant.id) not in content
    assert f"@{tenants.other_tenant.slug}.test" not in content


def _assert_secrets_replaced(before: Dump, after: Dump) -> None:
    for name in ("api_key", "invitation"):
        assert len(after[name]) == len(before[name]) > 0
        assert not {row["hash"] for row in after[name]} & {row["hash"] for row in before[name]}
        assert all(row["revoked_at"] is not None for row in after[name])


def _comparable_lines(file: Path) -> Lines:
    """Return the rows of a file, without what an import changes."""
    lines = read_lines(file)[1:-1]
    for row in (*rows_of(lines, "api_key"), *rows_of(lines, "invitation")):
        del row["revoked_at"]
    for row in rows_of(lines, "webhook"):
        for name in ("state", "disabled_reason", "previous_secret_expires_at"):
            del row[name]
    return lines


@pytest.mark.any_server
@pytest.mark.slow
async def test_imported_tenant_works(sample_data: SampleData, allotment: CommandRunner, tmp_path: Path) -> None:
    client = sample_data.tenant.client(Role.OWNER)
    before = (await client(CONTENTS)).data
    assert before["tasks"]["totalCount"] > 0
    assert before["articles"]["totalCount"] > 0
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    assert set((await client(CONTENTS)).error_codes) == {"FORBIDDEN"}
    await run(allotment, "import", file)
    assert (await client(CONTENTS)).data == before
    created = await client(documents.create("Team"), input={"name": "New"})
    assert created.payload("createTeam")["userErrors"] == []
    verified = await asyncio.to_thread(allotment, "events", "verify", "--tenant", "here")
    assert (verified.exit_code, verified.output) == (0, "Everything matches its events.\n")


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("name", ["here.jsonl", "here.jsonl.gz", "here.jsonl.zst"])
async def test_compression_follows_the_name(
    app_fixture: AppFixture, allotment: CommandRunner, tmp_path: Path, name: str
) -> None:
    assert app_fixture.tenant.slug == "here"
    file = await export(allotment, tmp_path / name)
    start = file.read_bytes()[:4]
    assert (
        start
        == {"here.jsonl": b'{"re', "here.jsonl.gz": gzip.compress(b"")[:4], "here.jsonl.zst": b"\x28\xb5\x2f\xfd"}[name]
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*.partial")] == []
    assert "The tenant exists here" in (await run(allotment, "import", file, "--dry-run", status=1)).stderr


async def test_export_to_standard_output(app_fixture: AppFixture, allotment: CommandRunner) -> None:
    assert app_fixture.tenant.slug == "here"
    result = await run(allotment, "export", "here")
    assert result.stdout.splitlines()[0].startswith('{"revision"')
    assert '"sha256"' in result.stdout.splitlines()[-1]
    assert "Exported membership: 3 of 3" in result.stderr
    assert "rows of the tenant here" in result.stderr


@pytest.mark.slow
async def test_closed_tenant_stays_closed(
    app_fixture: AppFixture, allotment: CommandRunner, other_allotment: CommandRunner, tmp_path: Path
) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    await owner(
        "mutation ($id: ID!) { closeTenant(id: $id) { userErrors { code } } }", id=f"tenant_{app_fixture.tenant.id.hex}"
    )
    file = await export(allotment, tmp_path / "here.jsonl")
    await run(other_allotment, "import", file, "--create-users")
    assert rows_of(read_lines(await export(other_allotment, tmp_path / "again.jsonl")), "tenant")[0]["closed_at"]


def test_every_column_can_be_decoded() -> None:
    tables = tables_of_file().values()
    assert {table.name for table in tables} >= {
        table.name for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.c
    } - {"log_counter"}  # each database counts for itself
    for table in tables:
        for column in table.c:
            assert callable(decoder_of(column))


def test_rows_with_secrets_can_be_revoked() -> None:
    """An import replaces secrets by random ones: a new table with secrets needs an entry in REVOCATIONS."""
    with_secrets = {table.name for table in list_tenant_tables() if secret_columns(table)}
    assert with_secrets == set(REVOCATIONS)
    assert {User, Session} & {get_model(name) for name in with_secrets} == set()
