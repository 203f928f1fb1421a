"""The tutorial in CONTRIBUTING.md: its commands add a noun that passes all checks and is tested on both engines."""

import difflib
import re
import shutil
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.checkout_copy import CheckoutCopy
from tests.support.every_kind import EVERY_KIND

HEADING = "## Tutorial: add a noun"
CACHES = (".mypy_cache", ".ruff_cache", ".import_linter_cache")
MAX_FILES, MAX_LINES = 4, 60
"""Files and lines that a plain noun needs, without the generated files and the tests."""
MAX_TEST_LINES = 25
CHECKS = [f"tests/checks/test_{name}.py" for name in ("migrations", "alembic", "tables", "contract", "sizes")]


def tutorial_commands() -> list[str]:
    """Return the commands of the first code block of the tutorial."""
    document = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tutorial = document.partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    block = re.search(r"^```sh\n(.*?)^```$", tutorial, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line for line in block[1].splitlines() if line.strip()]


@pytest.fixture
def copy(tmp_path: Path) -> CheckoutCopy:
    """A copy of the checkout with the caches of the checkers."""
    checkout_copy = CheckoutCopy(tmp_path / "checkout")
    for cache in CACHES:
        if (PROJECT_ROOT / cache).is_dir():
            shutil.copytree(PROJECT_ROOT / cache, checkout_copy.root / cache)
    return checkout_copy


def added_lines(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, int]:
    """Return the number of lines that each changed file has more or other than before."""
    counts = {}
    for path in after.keys() - {path for path in before if before[path] == after.get(path)}:
        old, new = (files.get(path, b"").decode().splitlines() for files in (before, after))
        counts[path] = sum(line.startswith("+ ") for line in difflib.ndiff(old, new))
    return counts


def check(copy: CheckoutCopy, *, is_whole: bool) -> None:
    """Run `make check` in the copy, or the parts that depend on the nouns."""
    if not is_whole:
        copy.python("-m", "ruff", "check", "--quiet", ".")
        copy.python("-m", "mypy", "--no-error-summary")
        copy.python("-m", "pytest", "-q", "-n", "2", *CHECKS)
        return
    result = copy.run("make", "--assume-old=.venv/.done", "check")  # never install into the linked environment
    assert result.returncode == 0, result.stdout + result.stderr


def check_results(output: str) -> None:
    """Fail unless tests passed on both engines. `output` is pytest's, with the name of each test."""
    passed = [line for line in output.splitlines() if " PASSED " in line]
    assert all(any(engine in line for line in passed) for engine in ("sqlite", "postgresql")), output


@pytest.mark.parametrize(
    "is_whole", [pytest.param(False, marks=pytest.mark.slow), pytest.param(True, marks=pytest.mark.long)]
)
def test_tutorial_adds_a_tested_noun(copy: CheckoutCopy, tmp_path: Path, *, is_whole: bool) -> None:
    if (copy.root / "models" / "tool.py").exists():
        pytest.skip("the tutorial was followed in this checkout")
    before = copy.read_all()
    output = ""
    for command in tutorial_commands():
        variables = {"DATABASE_URL": f"sqlite:///{tmp_path}/tutorial.db", "PYTEST_ADDOPTS": "-v"}
        result = copy.run("sh", "-c", command, **variables)
        assert result.returncode == 0, result.stdout + result.stderr
        output += result.stdout
    check_results(output)
    lines = added_lines(before, copy.read_all())
    generated = {path for path in lines if path.startswith("migrations/") or path == "schema.graphql"}
    tests = {path for path in lines if path.startswith("tests/")}
    written = lines.keys() - generated - tests
    assert len(written) <= MAX_FILES
    assert sum(lines[path] for path in written) <= MAX_LINES
    assert sum(lines[path] for path in tests) <= MAX_TEST_LINES
    check(copy, is_whole=is_whole)


@pytest.mark.long
def test_noun_with_every_kind_of_column_passes_its_tests(copy: CheckoutCopy) -> None:
    result = copy.allotment("add", "noun", "GizmoJob", *EVERY_KIND)
    assert result.returncode == 0, result.stderr
    copy.python("-m", "mypy", "--no-error-summary")
    copy.python("-m", "pytest", "-q", "-n", "2", *CHECKS)
    check_results(copy.python("-m", "pytest", "-v", "-n", "2", "-m", "not slow and not long", "-k", "gizmojob"))


@pytest.mark.slow
def test_noun_with_upsert_and_bulk_mutations_passes_its_tests(copy: CheckoutCopy) -> None:
    members = ("name:short_text(unique)", "description:text", "team:Team?", "parent:Gizmo?/children")
    result = copy.allotment("add", "noun", "Gizmo", *members, "--upsert", "--bulk")
    assert result.returncode == 0, result.stderr
    tests = ("tests/api", "tests/tenancy", "tests/schema")
    check_results(copy.python("-m", "pytest", "-v", "-n", "2", "-m", "not slow and not long", "-k", "gizmo", *tests))
