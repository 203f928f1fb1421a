"""A noun that is added later is part of exports without a line of its own, also with references to its own rows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.server_process import build_environment
from tests.tenant_data.helpers import read_lines, rows_of

pytestmark = pytest.mark.not_on_citus("migrates a database that all tests share there")

SCRIPT = '''
"""Runs in a process of its own, because models cannot be removed. Prints the rows before and after."""

import json, os, sys, uuid
from sqlalchemy import create_engine, event, insert, select
from typer.testing import CliRunner

from models.base import TenantRecord
from models.fields import reference, short_text
from models.relations import table_of
from server.cli import app
from server.cli.people import insert_tenant, insert_user
from server.database_revision import upgrade_database

class Tool(TenantRecord, table=True):
    """A tool, which may belong to another tool."""

    name: str = short_text("The name.", max_length=100)
    parent_id: uuid.UUID | None = reference("tool", "The tool that it belongs to.")

def read():
    with engine.connect() as connection:
        return [str(row) for row in connection.execute(select(table).order_by(table.c.id))]

def run(*arguments):
    result = CliRunner().invoke(app, ["tenant", *arguments])
    assert result.exit_code == 0, result.output

url, file, table = os.environ["DATABASE_URL"], sys.argv[1], table_of(Tool)
upgrade_database(url)
insert_user("ada@example.test", "Ada", "Correct-horse-1!", is_superuser=False)
insert_tenant("New", "new", "ada@example.test")
engine = create_engine(url)
table.create(engine)
with engine.begin() as connection:
    tenant_id = uuid.UUID(connection.exec_driver_sql("SELECT id FROM tenant").scalar())
    tools = [Tool(tenant_id=tenant_id, name=f"Tool {number}") for number in range(3)]
    connection.execute(insert(table), [tool.model_dump() for tool in tools])
    for tool, parent in zip(tools, (tools[2], tools[0])):
        connection.execute(table.update().where(table.c.id == tool.id).values(parent_id=parent.id))
before = read()
run("export", "new", "--output", file)
run("erase", "new", "--yes")
erased = read()
run("import", file)
print(json.dumps([before, erased, read()]))
'''


@pytest.mark.slow
def test_new_noun_with_references_to_itself(tmp_path: Path) -> None:
    """The first tool belongs to the last one, so neither order of the rows would do without a second pass."""
    file = tmp_path / "new.jsonl"
    environment = build_environment(f"sqlite:///{tmp_path}/new.db", PYTHONPATH=str(PROJECT_ROOT))
    command = [sys.executable, "-c", SCRIPT, str(file)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    before, erased, after = json.loads(result.stdout.splitlines()[-1])
    tools = rows_of(read_lines(file), "tool")
    assert [row["name"] for row in tools] == ["Tool 0", "Tool 1", "Tool 2"]
    assert [row["parent_id"] for row in tools] == [tools[2]["id"], tools[0]["id"], None]
    assert (len(before), erased, after) == (3, [], before)
