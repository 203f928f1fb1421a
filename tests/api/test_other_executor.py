"""The test suite passes with the other executor. On SQLite only, because test_executor_equivalence.py compares both
executors on both databases."""

import os
import subprocess
import sys

import pytest

from server.config.paths import PROJECT_ROOT
from server.config.setting_types import ExecutorName
from server.config.settings import Settings, variable_name

OTHER_EXECUTOR: ExecutorName = "graphql-core"
SUITES = ("tests/api", "tests/tenancy", "tests/queries", "tests/docs")
ENGINE = "not postgresql"
OUTPUT_LIMIT = 10_000
"""Number of characters of the output in a failure message."""


def test_executor_setting_follows_environment(settings: Settings) -> None:
    assert settings.executor == os.environ.get(variable_name("executor"), "compiled")


@pytest.mark.slow
def test_suite_passes_with_other_executor() -> None:
    assert variable_name("executor") not in os.environ, "this test chooses the executor"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", "-k", ENGINE, "--no-header", *SUITES]
    environment = os.environ | {variable_name("executor"): OTHER_EXECUTOR}
    result = subprocess.run(
        command,
        cwd=PROJECT_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-OUTPUT_LIMIT:] + result.stderr[-OUTPUT_LIMIT:]
