"""Links between documents, and paths that documents mention."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from website.anchors import CODE_BLOCK, anchors

_INLINE_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_EXAMPLE_FILES = ("tool.py", "test_tool.py")
"""Files that the tutorial in CONTRIBUTING.md creates."""
_GENERATED_FOLDERS = ("bench/results", "console/dist", "console/node_modules", "website/dist", "website/node_modules")
_PATH = re.compile(r"[a-z_]+(?:/[A-Za-z0-9_.-]+)+/?|[a-z_]+/")


def documents(root: Path) -> list[Path]:
    """Return all Markdown documents of the project."""
    names = ("", "docs", "docs/decisions", "bench", "console", "deploy", "examples", "examples/web", "releases")
    folders = [root / name for name in names]
    return [page for folder in folders for page in sorted(folder.glob("*.md"))]


def broken_links(page: Path, root: Path) -> list[str]:
    """Return a line for each link of a document whose file or heading does not exist."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = _LINK.findall(_INLINE_CODE.sub("", text))
    name = page.relative_to(root).as_posix()
    return [f"{name}: {target} does not exist" for target in targets if not _exists(page, target)]


def _is_url(target: str) -> bool:
    """Return whether a link to another host is well-formed. Whether the page exists is not checked."""
    url = urlsplit(target)
    return url.scheme in ("http", "https", "mailto") and bool(url.netloc or url.scheme == "mailto")


def _exists(page: Path, target: str) -> bool:
    if ":" in target.partition("/")[0]:
        return _is_url(target)
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return False
    return not anchor or anchor in set(anchors(file.read_text(encoding="utf-8")))


def missing_paths(page: Path, root: Path) -> list[str]:
    """Return a line for each path in backticks whose first folder exists in the project, but not the path."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    mentioned = [code for code in _INLINE_CODE.findall(text) if _PATH.fullmatch(code) and not _is_expected(code)]
    name = page.relative_to(root).as_posix()
    return [
        f"{name}: `{path}` does not exist"
        for path in mentioned
        if (root / path.split("/")[0]).is_dir() and not (root / path).exists()
    ]


def _is_expected(path: str) -> bool:
    """Return whether the path need not exist in a fresh checkout."""
    return path.endswith(_EXAMPLE_FILES) or path.startswith(_GENERATED_FOLDERS)
