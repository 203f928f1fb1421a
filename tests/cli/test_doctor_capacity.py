"""Limits that do not fit each other or the machine are warnings of `allotment doctor`."""

import re

import pytest

from server.cli.checks import capacity
from tests.support.command_line import CommandRunner


def warnings(output: str) -> list[str]:
    """Return the names of the warnings."""
    return re.findall(r"^! ([\w -]+):", output, re.MULTILINE)


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 8 GiB."""
    monkeypatch.setattr(capacity, "available_memory", lambda: 8 * 2**30)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("workers", {"WORKERS": "256"}),
        ("memory", {"MAX_QUEUED_REQUESTS": "100000"}),
        ("memory", {"MAX_REQUEST_MEMORY_BYTES": "8589934592"}),
        ("memory", {"MAX_RESPONSE_BYTES": "1073741824"}),
        ("request memory", {"MAX_REQUEST_MEMORY_BYTES": "1048576"}),
        ("request memory", {"MAX_BODY_BYTES": "1073741824"}),
        ("timeouts", {"REQUEST_TIMEOUT": "20"}),
        ("timeouts", {"DB_POOL_TIMEOUT": "120"}),
        ("connections", {"MAX_CONCURRENT_REQUESTS": "30"}),
        ("cost budgets", {"COST_PER_SECOND_PRINCIPAL": "2000000"}),
        ("cost budgets", {"COST_PER_SECOND_TENANT": "500001"}),
    ],
)
@pytest.mark.only("sqlite")
def test_limit_that_does_not_fit_is_a_warning(allotment: CommandRunner, name: str, settings: dict[str, str]) -> None:
    result = allotment("doctor", **settings)
    assert result.exit_code == 0
    assert name in warnings(result.output)


@pytest.mark.only("sqlite")
def test_default_limits_fit(allotment: CommandRunner) -> None:
    assert "✓ limits: fit this machine" in allotment("doctor").output


def test_memory_of_this_machine_is_known() -> None:
    memory = capacity.available_memory()
    assert memory is None or memory > 2**27
