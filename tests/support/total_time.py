"""For .ci/run, whose last lines are pytest's: how long all of it took, in pytest's own summary.

Loaded with `-p tests.support.total_time`; ALLOTMENT_CI_BEGAN is when it began, in seconds since 1970.
"""

import os
import time

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    began = int(os.environ.get("ALLOTMENT_CI_BEGAN", time.time()))
    terminalreporter.write_line(f"== .ci/run: {time.time() - began:.0f} s in total")
