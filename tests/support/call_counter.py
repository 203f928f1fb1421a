"""Counting the calls of Python functions, which depends on the code and not on the speed of the machine."""

import sys
from collections import Counter
from typing import Any, Self

from server.config.paths import PROJECT_ROOT

_COMPREHENSIONS = ("<listcomp>", "<dictcomp>", "<setcomp>")
"""Are calls in some versions of Python only."""


class CallCounter:
    """Counts the calls of Python functions by file and name."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> Self:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: Any, event: str, _argument: Any) -> None:
        if event == "call":
            self.calls[frame.f_code.co_filename, frame.f_code.co_qualname] += 1

    def count_of_server(self) -> int:
        """Return the number of calls in the code of this project, without its tests and the installed libraries."""
        return sum(
            count
            for (file, name), count in self.calls.items()
            if file.startswith(f"{PROJECT_ROOT}/")
            and not file.startswith((f"{PROJECT_ROOT}/tests/", f"{PROJECT_ROOT}/.venv/"))
            and not name.endswith(_COMPREHENSIONS)
        )
