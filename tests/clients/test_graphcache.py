"""Graphcache, urql's normalized cache, knows every type and field of the schema."""

import json
from typing import Any

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, run_tool
from tests.clients.findings import problems

pytestmark = pytest.mark.slow


@pytest.fixture
def run_program(make_node_workspace: MAKE_WORKSPACE, endpoint: tuple[str, str]) -> Any:
    """A function that runs operations through the cache and returns what the program prints."""

    def run(*options: str) -> Any:
        program = run_tool(make_node_workspace("graphcache"), "node", "main.mjs", *endpoint, *options)
        assert program.returncode == 0, program.stderr
        return json.loads(program.stdout)

    return run


def test_cache_follows_pages_and_mutations_without_warnings(run_program: Any) -> None:
    result = run_program()
    assert problems("graphcache", result.pop("warnings")) == []
    titles = ["Graphcache, updated", "Graphcache, in bulk"]
    assert result == {"pages": [2, 4], "code": "TOO_SHORT", "titles": titles}


def test_types_without_a_key_are_found(run_program: Any) -> None:
    assert any("no key could be generated" in warning for warning in run_program("--without-keys")["warnings"])
