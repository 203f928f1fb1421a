"""What pytest says at its end about the server of TEST_POSTGRES_URL: what it was, and why tests were skipped."""

from collections import Counter
from typing import Any

import pytest

from tests.harness.external_server import ServerFacts
from tests.harness.server_choice import URL_VARIABLE


def write_summary(reporter: pytest.TerminalReporter, facts: ServerFacts) -> None:
    """Write the server, and the number of skipped tests by reason."""
    reporter.section(f"server of {URL_VARIABLE}")
    reporter.line(str(facts))
    skipped = Counter(map(_reason, reporter.stats.get("skipped", ())))
    for reason, number in skipped.most_common():
        reporter.line(f"{number} skipped: {reason}")
    if not skipped:
        reporter.line("No test was skipped.")


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
