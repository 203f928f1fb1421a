"""The result of a check: its status, a message, and a remedy."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The status of a check, by the symbol in the report."""

    OK = "✓"
    WARNING = "!"
    FAILED = "✗"


@dataclass(frozen=True)
class CheckResult:
    """A line of the report, followed by the remedy if there is one."""

    status: CheckStatus
    message: str
    remedy: str = ""

    @property
    def is_failed(self) -> bool:
        return self.status is CheckStatus.FAILED

    def __str__(self) -> str:
        line = f"{self.status} {self.message}"
        return f"{line}\n    → {self.remedy}" if self.remedy else line


def ok(text: str) -> CheckResult:
    """Return the result of a check that passed."""
    return CheckResult(CheckStatus.OK, text)


def warning(text: str, remedy: str) -> CheckResult:
    """Return the result of a check that passed but needs attention."""
    return CheckResult(CheckStatus.WARNING, text, remedy)


def failed(text: str, remedy: str) -> CheckResult:
    """Return the result of a check that failed."""
    return CheckResult(CheckStatus.FAILED, text, remedy)
