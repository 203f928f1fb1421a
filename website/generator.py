"""The configuration of Zensical, which turns the Markdown pages into HTML."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from website.navigation import Section

_CONFIGURATION = """\
[project]
site_name = "Allotment"
site_description = "A multi-tenant GraphQL backend in Python: guides, reference, operations."
docs_dir = "pages"
site_dir = "dist"
use_directory_urls = false
extra_css = ["assets/site.css"]
extra_javascript = ["assets/site.js"]
nav = {navigation}

[project.theme]
language = "en"
font = false # fonts would come from another host
features = [
    "content.code.copy", "navigation.footer", "navigation.indexes", "navigation.path", "navigation.top",
    "search.highlight",
]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"

[project.markdown_extensions.attr_list]
[project.markdown_extensions.tables]
[project.markdown_extensions.toc]
permalink = true
[project.markdown_extensions."pymdownx.highlight"]
[project.markdown_extensions."pymdownx.superfences"]
custom_fences = [{{ name = "mermaid", class = "mermaid", format = "pymdownx.superfences.fence_code_format" }}]
"""


def write_configuration(folder: Path, sections: Iterable[Section]) -> None:
    """Write the configuration file into the folder of the build."""
    entries = [
        f"{{ {json.dumps(section.title)} = [{', '.join(_entry(page.title, page.to) for page in section.pages)}] }}"
        for section in sections
    ]
    text = _CONFIGURATION.format(navigation=f"[{', '.join(entries)}]")
    (folder / "zensical.toml").write_text(text, encoding="utf-8")


def _entry(title: str, path: str) -> str:
    return f"{{ {json.dumps(title, ensure_ascii=False)} = {json.dumps(path)} }}"


def run_generator(folder: Path) -> None:
    """Build the folder `dist` from the folder `pages`. Raise CalledProcessError if that fails."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
