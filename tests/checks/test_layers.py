"""Imports follow the contracts in pyproject.toml, and an import that violates one is found."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT

LINTER = Path(sys.executable).with_name("lint-imports")
CONFIGURATION = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
VIOLATIONS = [
    ("models/task.py", "import queries.scope"),
    ("database/reader.py", "import queries.scope"),
    ("database/engine.py", "import server.config.settings"),
    ("queries/scope.py", "import services.work.task"),
    ("services/work/task.py", "import dataloaders.rows"),
    ("services/work/task.py", "import inputs.task"),
    ("services/work/task.py", "import resolvers.task"),
    ("services/work/task.py", "import services.shop.order"),
    ("services/core/records.py", "import services.work.task"),
    ("services/work/task.py", "import strawberry"),
    ("queries/lists.py", "import graphql"),
    ("dataloaders/rows.py", "import services.work.task"),
    ("inputs/order.py", "import resolvers.task"),
    ("inputs/order.py", "import services.core.unit_of_work"),
    ("resolvers/task.py", "import schema.task"),
    ("resolvers/task.py", "import server.config.settings"),
    ("resolvers/task.py", "import sqlalchemy"),
    ("schema/task.py", "import server.config.settings"),
    ("schema/task.py", "import sqlmodel"),
    ("inputs/order.py", "import schema.task"),
    ("migrations/types.py", "import services.work.task"),
    ("executor/plan.py", "import strawberry"),
    ("executor/plan.py", "import models.task"),
    ("executor/compiler.py", "import sqlalchemy"),
    ("executor/plan.py", "import executor.compiler"),
    ("services/work/task.py", "import executor"),
    ("resolvers/task.py", "import executor.plan"),
    ("server/graphql/documents.py", "import server.http.request"),
    ("server/telemetry/logs.py", "import server.graphql.errors"),
    ("models/task.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import queries.scope"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a folder."""
    command = [str(LINTER), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, which tests may change."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(PROJECT_ROOT / "pyproject.toml", folder)
    for name in CONFIGURATION["root_packages"]:
        shutil.copytree(PROJECT_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_contracts_are_followed() -> None:
    completed = lint(PROJECT_ROOT)
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_contracts_cover_all_packages() -> None:
    packages = {
        folder.name
        for folder in PROJECT_ROOT.iterdir()
        if any(folder.glob("*.py")) and folder.name not in ("tests", "bench", "examples", "website")
    }
    assert set(CONFIGURATION["root_packages"]) == packages


@pytest.mark.parametrize(("path", "line"), VIOLATIONS)
def test_import_that_violates_a_contract_is_found(project_copy: Path, path: str, line: str) -> None:
    file = project_copy / path
    original = file.read_text()
    file.write_text(f"{original}\n{line}\n")
    try:
        completed = lint(project_copy)
    finally:
        file.write_text(original)
    assert completed.returncode == 1
    assert " BROKEN" in completed.stdout, completed.stdout + completed.stderr
