"""Builds the site: collects the pages and files, runs the generator, and changes its result."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from server.app import load_graphql_schema
from website.generator import run_generator, write_configuration
from website.html import MERMAID, finish_pages
from website.links import rewrite_links
from website.markdown import translate
from website.navigation import Page, Section, read_navigation
from website.reference import generate_reference

_MERMAID_FILE = "website/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"


def build_site(root: Path, destination: Path) -> None:
    """Build the site of a checkout. The destination is replaced at the end, so that it never has a part of a site."""
    sections = read_navigation(root)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_pages(root, folder / "pages", sections)
        _copy_files(root, folder / "pages")
        write_configuration(folder, sections)
        run_generator(folder)
        finish_pages(folder / "dist")
        shutil.rmtree(destination, ignore_errors=True)
        shutil.copytree(folder / "dist", destination)


def write_pages(root: Path, target: Path, sections: tuple[Section, ...]) -> None:
    """Write the Markdown of all pages of the navigation."""
    pages = [page for section in sections for page in section.pages]
    destinations = find_destinations(root, pages)
    contract = (root / "docs" / "contract.md").read_text(encoding="utf-8")
    generated = generate_reference(load_graphql_schema(), contract)
    for page in pages:
        if page.is_generated:
            text = generated[page.file]
        else:
            text = rewrite_links((root / page.file).read_text(encoding="utf-8"), page.file, destinations)
        file = target / page.to
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(translate(text), encoding="utf-8")


def find_destinations(root: Path, pages: list[Page]) -> dict[str, str]:
    """Return the path on the site of each file that it carries, by the path in the checkout."""
    images = [file.relative_to(root).as_posix() for file in (root / "docs" / "images").iterdir()]
    return {
        **{page.file: page.to for page in pages},
        **{image: image.removeprefix("docs/") for image in images},
        "schema.graphql": "schema.graphql",
    }


def _copy_files(root: Path, target: Path) -> None:
    shutil.copytree(root / "docs" / "images", target / "images")
    shutil.copytree(root / "website" / "assets", target / "assets")
    shutil.copy(root / "schema.graphql", target)
    if (root / _MERMAID_FILE).exists():
        shutil.copy(root / _MERMAID_FILE, target / MERMAID)
