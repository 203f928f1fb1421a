"""GraphQL Code Generator, as users of Apollo Client run it: the generated types fit a small typed program."""

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, run_tool
from tests.clients.findings import marked_lines, problems

pytestmark = pytest.mark.slow


def test_generated_types_pass_the_strict_compiler(make_node_workspace: MAKE_WORKSPACE) -> None:
    workspace = make_node_workspace("codegen")
    generated = run_tool(workspace, "node_modules/.bin/graphql-codegen", "--config", "codegen.ts")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    findings = marked_lines(generated.stdout + generated.stderr, "✖", "⚠", "FAILED", "warn", "Warn")
    assert problems("graphql-codegen", findings) == []

    # The program expects two errors, of an input without its title and of an unknown enum value.
    typed = run_tool(workspace, "node_modules/.bin/tsc", "-p", ".")
    assert problems("graphql-codegen", typed.stdout.splitlines()) == []
    assert typed.returncode == 0
