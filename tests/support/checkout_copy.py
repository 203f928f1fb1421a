"""A copy of the checkout, in which tests change the code."""

import os
import shutil
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

from server.config.paths import PROJECT_ROOT


class CheckoutCopy:
    """A copy of the files that Git tracks or would add, with the environment of this checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path in list_files():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_ROOT / path, target)
            _copy_bytecode(PROJECT_ROOT / path, target)
        # Linked, not copied: its commands run the code of the working directory because PYTHONPATH names it.
        (root / ".venv").symlink_to(Path(sys.prefix))

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy."""
        environment = os.environ | {"PYTHONPATH": str(self.root)} | variables
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def allotment(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `allotment` in the copy."""
        return self.run(sys.executable, "-m", "server.cli", *arguments)

    def python(self, *arguments: str, **variables: str) -> str:
        """Run Python in the copy and return its output; fail if it does."""
        completed = self.run(sys.executable, *arguments, **variables)
        assert completed.returncode == 0, completed.stdout + completed.stderr
        return completed.stdout

    def read_all(self) -> dict[str, bytes]:
        """Return the contents of all files that are not caches, by path."""
        folders = ("models", "schema", "migrations", "tests", "inputs")
        files = [file for folder in folders for file in (self.root / folder).rglob("*") if file.is_file()]
        sources = [file for file in [*files, self.root / "schema.graphql"] if "__pycache__" not in file.parts]
        return {file.relative_to(self.root).as_posix(): file.read_bytes() for file in sources}


def _copy_bytecode(source: Path, target: Path) -> None:
    """Copy the compiled code of a module, which makes the first start in the copy faster."""
    if source.suffix == ".py" and (compiled := Path(cache_from_source(source))).exists():
        copied = Path(cache_from_source(target))
        copied.parent.mkdir(exist_ok=True)
        shutil.copy2(compiled, copied)


def list_files() -> list[str]:
    """Return the files that Git tracks or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in listed.split("\0") if path and (PROJECT_ROOT / path).is_file()]
