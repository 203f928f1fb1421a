"""The folders of the console's source import each other in one direction."""

import re
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from server.config.paths import PROJECT_ROOT

SOURCE = PROJECT_ROOT / "console" / "src"
IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]""")


def folder_of(path: Path) -> str | None:
    """Return the folder in the source that contains a file; None for files outside of such folders."""
    return path.relative_to(SOURCE).parts[0] if path.is_relative_to(SOURCE) and path.parent != SOURCE else None


def imported_folders() -> Iterator[tuple[str, str]]:
    """Yield a folder and a folder that one of its files imports."""
    for file in SOURCE.rglob("*.ts*"):
        for specifier in IMPORT.findall(file.read_text()):
            folders = folder_of(file), folder_of((file.parent / specifier).resolve())
            if folders[0] and folders[1] and folders[0] != folders[1]:
                yield folders[0], folders[1]


def test_folders_do_not_import_each_other_in_circles() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for folder, imported in imported_folders():
        graph[folder].add(imported)
    assert graph["app"] >= {"query", "data"}  # the imports were found
    assert list(TopologicalSorter(graph).static_order())[-1] == "app"  # CycleError names the circle
