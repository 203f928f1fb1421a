"""Plain tables for a terminal."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Column = TypeVar("Column")
ABSENT = "-"


def table(title: str, rows: Sequence[str], columns: Sequence[Column], cell: Callable[[str, Column], str | None]) -> str:
    """A line a row; nothing at all when there is nothing to show."""
    if not rows or not columns:
        return ""
    head = ["", *(str(column) for column in columns)]
    lines = [head, *([row, *(cell(row, column) or ABSENT for column in columns)] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join((title, *("  " + _line(line, widths) for line in lines)))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        text.ljust(width) if place == 0 else text.rjust(width)
        for place, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((first, *others))
