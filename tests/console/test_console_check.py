"""`console/check` fails if a check fails; where the packages cannot be installed, only in CI."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT

NOT_INSTALLED = 69


@pytest.mark.parametrize(
    ("status", "ci", "expected"),
    [(0, "", 0), (1, "", 1), (NOT_INSTALLED, "", 0), (NOT_INSTALLED, "true", NOT_INSTALLED)],
)
def test_status_of_the_check(tmp_path: Path, status: int, ci: str, expected: int) -> None:
    shutil.copy(PROJECT_ROOT / "console" / "check", tmp_path)
    with_node = tmp_path / "with-node"
    with_node.write_text(f"#!/bin/sh\nexit {status}\n")
    with_node.chmod(0o755)
    process = subprocess.run(
        [tmp_path / "check", tmp_path],
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == expected
    assert ("The console was not checked." in process.stderr) is (status == NOT_INSTALLED and not ci)
