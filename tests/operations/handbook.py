"""Runs the commands of docs/operations.md, one block after the other, on a PostgreSQL of their own.

Folders and addresses of the page are replaced by those of the test. A comment before a block says who runs it (`as:
postgres` for programs that refuse to run as root), and which functions of the test run before and after it.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.config.paths import PROJECT_ROOT
from tests.docs.blocks import Block, parse_blocks
from tests.harness.os_user import OsUser

PAGE = PROJECT_ROOT / "docs" / "operations.md"
TIMEOUT_SECONDS = 120


def read_blocks() -> list[Block]:
    """Return the code blocks of the page."""
    return parse_blocks(PAGE.read_text(encoding="utf-8"))


@dataclass
class Shell:
    """Runs scripts with replaced paths and addresses."""

    programs: Path
    """The folder of PostgreSQL's programs."""
    replacements: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, *, as_postgres: bool = False) -> str:
        """Run a script, which stops at the first error, and return what it prints."""
        user = OsUser.current() if as_postgres else OsUser()
        # A file, not a pipe: a server that a script starts inherits it, and a pipe would never close.
        with tempfile.TemporaryFile("w+") as output:
            completed = subprocess.run(
                ["bash", "-c", f"set -euo pipefail\n{self.replace(script)}"],
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",
                timeout=TIMEOUT_SECONDS,
                user=user.uid,
                group=user.gid,
                extra_groups=None if user.uid is None else [],
            )
            output.seek(0)
            printed = output.read()
        assert completed.returncode == 0, f"{script}\n{printed}"
        return printed

    def replace(self, text: str) -> str:
        """Replace the paths and addresses of the page by those of the test."""
        for old, new in self.replacements.items():
            text = text.replace(old, new)
        return text

    def _variables(self) -> Mapping[str, str]:
        path = os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)])
        inherited = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG", "LC_ALL", "TMPDIR"}}
        return {**inherited, "PATH": path, "PGUSER": "postgres", "PGHOST": "127.0.0.1", **self.environment}
