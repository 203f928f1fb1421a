"""What a check found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How it stands."""

    FINE = "✓"
    BETTER = "!"
    BROKEN = "✗"


@dataclass(frozen=True)
class Finding:
    """One line of the report, with what to do below it."""

    mark: Mark
    text: str
    remedy: str = ""

    @property
    def is_broken(self) -> bool:
        return self.mark is Mark.BROKEN

    def __str__(self) -> str:
        line = f"{self.mark} {self.text}"
        return f"{line}\n    → {self.remedy}" if self.remedy else line


def fine(text: str) -> Finding:
    """As it should be."""
    return Finding(Mark.FINE, text)


def better(text: str, remedy: str) -> Finding:
    """It works, and could be better."""
    return Finding(Mark.BETTER, text, remedy)


def broken(text: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Mark.BROKEN, text, remedy)
