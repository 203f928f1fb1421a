"""`releases/compare` fails for breaking changes of the schema that are not accepted, and for acceptances of none."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.node import install_packages

RELEASES = PROJECT_ROOT / "releases"
OLD = "type Query { a: Int!, b(c: Int): Int }"
BREAKING = "type Query { a: Int }"
CHANGES = ("Field Query.a changed type from Int! to Int", "Field b was removed from object type Query")


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """Install the packages before two test processes do so at the same time."""
    install_packages(RELEASES)


def _compare(folder: Path, new: str, accepted: dict[str, str]) -> tuple[int, str]:
    """Compare OLD with another schema; return the exit code and the output."""
    paths = [folder / "old.graphql", folder / "new.graphql", folder / "accepted.json"]
    for path, text in zip(paths, (OLD, new, json.dumps(accepted)), strict=True):
        path.write_text(text, encoding="utf-8")
    command = [str(RELEASES / "compare"), sys.prefix, *map(str, paths)]
    compared = subprocess.run(command, capture_output=True, text=True, check=False)
    return compared.returncode, compared.stdout + compared.stderr


def test_other_changes_pass_without_output(tmp_path: Path) -> None:
    assert _compare(tmp_path, "type Query { a: Int!, b(c: Int, e: Int): Int, d: Int }", {}) == (0, "")


def test_breaking_changes_fail(tmp_path: Path) -> None:
    exit_code, output = _compare(tmp_path, BREAKING, {})
    assert exit_code == 1
    assert [change for change in (*CHANGES, "releases/README.md") if change not in output] == []


def test_accepted_changes_pass(tmp_path: Path) -> None:
    assert _compare(tmp_path, BREAKING, dict.fromkeys(CHANGES, "A reason.")) == (0, "")


@pytest.mark.parametrize(
    ("accepted", "problem"),
    [
        (dict.fromkeys((*CHANGES, "Field z was removed"), "A reason."), "no such breaking change: Field z was removed"),
        (dict.fromkeys(CHANGES, " "), f"no reason: {CHANGES[0]}"),
    ],
    ids=["stale", "without a reason"],
)
def test_wrong_acceptances_fail(accepted: dict[str, str], problem: str, tmp_path: Path) -> None:
    exit_code, output = _compare(tmp_path, BREAKING, accepted)
    assert exit_code == 1
    assert f"accepted.json: {problem}" in output


def test_schema_of_the_version_is_recorded() -> None:
    version = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert (RELEASES / f"{version}.graphql").exists(), "run: make release-schema"
