"""Relay: its compiler accepts the schema and writes a manifest; its store follows pages, ids, mutations and events."""

import json
from pathlib import Path

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, register_documents, run_tool
from tests.clients.findings import marked_lines, problems

pytestmark = pytest.mark.slow
COMPILER = "node_modules/.bin/relay-compiler"


def _compile(workspace: Path) -> tuple[int, list[str]]:
    """Compile the operations; return the exit code with the errors and warnings."""
    (workspace / "src" / "__generated__").mkdir()
    compiled = run_tool(workspace, COMPILER)
    return compiled.returncode, problems(
        "relay-compiler", marked_lines(compiled.stdout + compiled.stderr, "ERROR", "WARN")
    )


def test_relay_compiles_and_runs_pages_refetches_and_mutations(
    make_node_workspace: MAKE_WORKSPACE, endpoint: tuple[str, str], demo_database: str, tmp_path: Path
) -> None:
    workspace = make_node_workspace("relay")
    assert _compile(workspace) == (0, [])
    register_documents(demo_database, tmp_path, json.loads((workspace / "persisted.json").read_text(encoding="utf-8")))
    typed = run_tool(workspace, "node_modules/.bin/tsc", "-p", ".")
    assert problems("relay-compiler", typed.stdout.splitlines()) == []

    program = run_tool(workspace, "node", "built/main.js", *endpoint)
    assert program.returncode == 0, program.stderr
    # The first page; both; with the created task; without it.
    assert json.loads(program.stdout) == {
        "viewer": "Adam Admin",
        "pages": [2, 4, 5, 4],
        "isRefetched": True,
        "userErrors": [],
        "codes": ["BAD_USER_INPUT"],
        "change": "CREATED",
        "byId": {"email": "admin@demo.test"},
    }


@pytest.mark.parametrize("line", ["  endCursor: String\n", "  cursor: String!\n"])
def test_compiler_finds_a_connection_that_is_not_relays(line: str, make_node_workspace: MAKE_WORKSPACE) -> None:
    workspace = make_node_workspace("relay")
    schema = workspace / "schema.graphql"
    schema.write_text(schema.read_text(encoding="utf-8").replace(line, ""), encoding="utf-8")
    exit_code, findings = _compile(workspace)
    assert exit_code != 0
    assert findings
