"""The test suite passes with the other executor. On SQLite only, because test_executor_equivalence.py compares both
executors on both databases."""

import os
import subprocess
import sys

import pytest

from server.config.paths import PROJECT_ROOT
from server.config.setting_types import ExecutorName
from server.config.settings import Settings, variable_name
from tests.support import sample_of_tests

OTHER_EXECUTOR: ExecutorName = "graphql-core"
SUITES = ("tests/api", "tests/tenancy", "tests/queries", "tests/docs")
ENGINE = "not postgresql"
SAMPLE_PLUGIN = sample_of_tests.__name__
OUTPUT_LIMIT = 10_000
"""Number of characters of the output in a failure message."""


def test_executor_setting_follows_environment(settings: Settings) -> None:
    assert settings.executor == os.environ.get(variable_name("executor"), "compiled")


@pytest.mark.parametrize("divisor", [pytest.param(20, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.long)])
def test_suite_passes_with_other_executor(divisor: int) -> None:
    """All tests pass, or every twentieth one."""
    assert variable_name("executor") not in os.environ, "this test chooses the executor"
    options = ("-q", "-n", "1", "-m", "not slow and not long", "-k", ENGINE, "--no-header", "-p", SAMPLE_PLUGIN)
    environment = {
        variable_name("executor"): OTHER_EXECUTOR,
        sample_of_tests.DIVISOR: str(divisor),
        sample_of_tests.REQUIRED: test_executor_setting_follows_environment.__name__,
    }
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *SUITES],
        cwd=PROJECT_ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-OUTPUT_LIMIT:] + result.stderr[-OUTPUT_LIMIT:]
