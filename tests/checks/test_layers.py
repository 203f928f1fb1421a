"""Who imports whom is as the contracts in pyproject.toml have it, and an import that breaks one is found."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from server.checkout import CHECKOUT

LINTER = Path(sys.executable).with_name("lint-imports")
CONFIGURATION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]
BAD = [
    ("models/task.py", "import queries.scope"),
    ("queries/scope.py", "import services.task"),
    ("services/task.py", "import dataloaders.rows"),
    ("services/task.py", "import resolvers.task"),
    ("services/task.py", "import strawberry"),
    ("queries/lists.py", "import graphql"),
    ("dataloaders/rows.py", "import services.task"),
    ("resolvers/task.py", "import schema.task"),
    ("resolvers/task.py", "import server.settings"),
    ("resolvers/task.py", "import sqlalchemy"),
    ("schema/task.py", "import server.settings"),
    ("schema/task.py", "import sqlmodel"),
    ("schema/inputs/task.py", "import schema.task"),
    ("migrations/types.py", "import services.task"),
    ("executor/plan.py", "import strawberry"),
    ("executor/plan.py", "import models.task"),
    ("executor/sources.py", "import sqlalchemy"),
    ("services/task.py", "import executor"),
    ("resolvers/task.py", "import executor.plan"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter there."""
    command = [str(LINTER), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, to be spoilt."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for name in CONFIGURATION["root_packages"]:
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_contracts_are_kept() -> None:
    done = lint(CHECKOUT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_packages_are_under_contract() -> None:
    packages = {
        each.name for each in CHECKOUT.iterdir() if any(each.glob("*.py")) and each.name not in ("tests", "bench")
    }
    assert set(CONFIGURATION["root_packages"]) == packages


@pytest.mark.parametrize(("path", "line"), BAD)
def test_an_import_that_breaks_a_contract_is_found(copy: Path, path: str, line: str) -> None:
    file = copy / path
    kept = file.read_text()
    file.write_text(f"{kept}\n{line}\n")
    try:
        done = lint(copy)
    finally:
        file.write_text(kept)
    assert done.returncode == 1
    assert " BROKEN" in done.stdout, done.stdout + done.stderr
