"""The pages of the site and their order, from navigation.toml."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("navigation.toml")
GENERATED = "reference/"


@dataclass(frozen=True)
class Page:
    """A page of the site."""

    file: str
    """The path in the checkout; a page below `reference/` is generated."""
    title: str
    to: str
    """The path on the site."""

    @property
    def is_generated(self) -> bool:
        """Whether the page is made of the schema, and not a file."""
        return self.file.startswith(GENERATED)


@dataclass(frozen=True)
class Section:
    """A part of the navigation."""

    title: str
    pages: tuple[Page, ...]


def read_navigation(root: Path, file: Path = FILE) -> tuple[Section, ...]:
    """Return the sections of the navigation."""
    sections = tomllib.loads(file.read_text(encoding="utf-8"))["section"]
    return tuple(Section(section["title"], tuple(_read_pages(section, root))) for section in sections)


def _read_pages(section: dict[str, Any], root: Path) -> list[Page]:
    if folder := section.get("folder"):
        files = sorted((root / folder).glob("*.md"), key=lambda file: (file.name != "README.md", file.name))
        return [_read_folder_page(file, file.relative_to(root).as_posix()) for file in files]
    return [Page(page["file"], page["title"], page.get("to", _default_path(page["file"]))) for page in section["pages"]]


def _read_folder_page(file: Path, path: str) -> Page:
    if file.name == "README.md":
        return Page(path, "All", _default_path(path.replace("README.md", "index.md")))
    heading = re.search(r"^# +(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return Page(path, heading[1].replace("`", "") if heading else file.stem, _default_path(path))


def _default_path(file: str) -> str:
    return file.removeprefix("docs/")
