"""What holds with the usual executor holds with the other one."""

import os
import subprocess
import sys

import pytest

from server.checkout import CHECKOUT
from server.setting_types import ExecutorName
from server.settings import Settings, variable_name

OTHER: ExecutorName = "graphql-core"
SUITES = ("tests/api", "tests/tenancy", "tests/queries")
LAST = 10_000
"""Characters of the output that are shown."""


def test_the_tests_honour_the_choice_of_executor(settings: Settings) -> None:
    assert settings.executor == os.environ.get(variable_name("executor"), "compiled")


@pytest.mark.slow
def test_the_suite_passes_with_the_other_executor() -> None:
    assert variable_name("executor") not in os.environ, "this test chooses the executor"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", "--no-header", *SUITES]
    environment = os.environ | {variable_name("executor"): OTHER}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-LAST:] + done.stderr[-LAST:]
