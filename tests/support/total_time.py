"""pytest plugin that adds the total time of .ci/run to pytest's summary.

Load it with `-p tests.support.total_time`. ALLOTMENT_CI_BEGAN is the start time, in seconds since 1970.
"""

import os
import time

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    started_at = int(os.environ.get("ALLOTMENT_CI_BEGAN", time.time()))
    terminalreporter.write_line(f"== .ci/run: {time.time() - started_at:.0f} s in total")
