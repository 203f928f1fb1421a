"""Files to create and to change: as texts first, then on disk, all of them or none."""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path


class FileChanges:
    """Changes of files below a folder. Paths are relative to it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[str, str | None] = {}
        """The texts of the changed files; None for new ones."""
        self._after: dict[str, str] = {}

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts to write, by path."""
        return self._after

    def read(self, path: str) -> str:
        """Return the text of a file, with the changes so far."""
        return self._after.get(path) or (self._root / path).read_text(encoding="utf-8")

    def set(self, path: str, text: str) -> None:
        """Set the text of a file."""
        file = self._root / path
        if path not in self._before:
            self._before[path] = file.read_text(encoding="utf-8") if file.exists() else None
        self._after[path] = text

    def diff(self) -> str:
        """Return a unified diff."""
        return "".join(line for path in self._after for line in self._diff_lines(path))

    def _diff_lines(self, path: str) -> list[str]:
        before = self._before[path]
        old_name = "/dev/null" if before is None else f"a/{path}"
        old, new = ((text or "").splitlines(keepends=True) for text in (before, self._after[path]))
        return list(unified_diff(old, new, old_name, f"b/{path}"))

    def write(self) -> None:
        """Write all files. If one cannot be written, those that were written are restored."""
        try:
            for path, text in self._after.items():
                (self._root / path).write_text(text, encoding="utf-8")
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Restore the changed files, and delete the new ones."""
        for path, text in self._before.items():
            if text is None:
                (self._root / path).unlink(missing_ok=True)
            else:
                (self._root / path).write_text(text, encoding="utf-8")
