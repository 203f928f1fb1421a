"""The progress of an operation on a tenant's data: a bar on a terminal, otherwise a line for each table."""

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import typer


class TableProgress:
    """Counts the rows of each table that are done, and reports a table when the next one begins."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._totals: Mapping[str, int] = {}
        self._done = Counter[str]()
        self._table = ""
        self._bar: Any = None

    def begin(self, counts: Mapping[str, int]) -> None:
        """Begin with these numbers of rows."""
        self._totals = counts
        if sys.stderr.isatty():
            self._bar = typer.progressbar(length=sum(counts.values()), label=self._verb, file=sys.stderr)
            self._bar.__enter__()

    def add(self, table: str, number: int) -> None:
        """Add rows that are done."""
        if self._table and table != self._table:
            self._report()
        self._table = table
        self._done[table] += number
        if self._bar is not None:
            self._bar.update(number)

    def end(self) -> int:
        """Report the last table; return the number of rows of all tables."""
        if self._bar is not None:
            with suppress(BrokenPipeError):
                self._bar.__exit__(None, None, None)
        elif self._table:
            self._report()
        return self._done.total()

    def _report(self) -> None:
        done, total = self._done[self._table], self._totals.get(self._table, 0)
        if self._bar is None and done:
            typer.echo(f"{self._verb} {self._table}: {done:,} of {total:,}", err=True)
