"""ariadne-codegen: the generated Python client passes mypy and works with a server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, MAKE_WORKSPACE
from tests.clients.findings import marked_lines, problems
from tests.support.node import VENV, installation_lock

pytestmark = pytest.mark.slow
TOOL_VENV = VENV / "ariadne-codegen"
"""It requires an older graphql-core than the server, and so an environment of its own."""


@pytest.fixture(scope="session")
def tool_python() -> Path:
    """The Python of the environment with ariadne-codegen, which is installed first if it is missing."""
    python, uv = TOOL_VENV / "bin" / "python", str(VENV / "bin" / "uv")
    with installation_lock():
        if not python.exists():
            subprocess.run([uv, "--quiet", "venv", "--python", sys.executable, str(TOOL_VENV)], check=True)
        requirements = str(HERE / "ariadne" / "requirements.lock")
        sync = [uv, "--quiet", "pip", "sync", "--python", str(python), "--require-hashes", requirements]
        subprocess.run(sync, check=True)
    return python


def _run(workspace: Path, *command: str) -> str:
    """Run a command in the workspace and return what it prints."""
    finished = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_generated_client_passes_mypy_and_works_with_a_server(
    make_workspace: MAKE_WORKSPACE, tool_python: Path, endpoint: tuple[str, str]
) -> None:
    workspace = make_workspace("ariadne")
    _run(workspace, str(tool_python.parent / "ariadne-codegen"))

    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--python-executable", str(tool_python)]
    typed = subprocess.run([*mypy, "main.py"], cwd=workspace, capture_output=True, text=True, check=False)
    assert problems("ariadne-codegen", marked_lines(typed.stdout + typed.stderr, "error:")) == []

    assert json.loads(_run(workspace, str(tool_python), "main.py", *endpoint)) == {
        "titles": ["Ariadne"],
        "due": "2031-05-01",
        "status": "TODO",
        "is_deleted": True,
        "codes": ["TOO_SHORT"],
        "price": "12.50",
        "active": True,
        "totals": 5,
        "found": True,
        "change": "CREATED",
        "refused": ["BAD_USER_INPUT"],
        "by_hash": [True, True],
        "texts_sent": 1,
    }
