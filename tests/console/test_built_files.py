"""The files that `make console` builds, as the server sends them."""

import gzip
import re
from pathlib import Path

import pytest

from server.console.assets import ASSETS_PATH
from tests.console.built_console import open_console
from tests.support.settings import build_settings

pytestmark = pytest.mark.slow

COMPRESSIBLE = {".css", ".html", ".js", ".json", ".svg", ".ttf"}
MIN_BYTES = 1_000
MAX_SHARE = 0.35
"""The largest part of the files that Brotli may leave."""


def test_files_are_compressed(console_dist: Path) -> None:
    files = [file for file in console_dist.rglob("*") if file.suffix in COMPRESSIBLE]
    large = [file for file in files if file.stat().st_size >= MIN_BYTES]
    assert large
    for file in large:
        assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == file.read_bytes()
        assert Path(f"{file}.br").stat().st_size <= Path(f"{file}.gz").stat().st_size, file.name
    plain, compressed = (sum(Path(f"{file}{suffix}").stat().st_size for file in large) for suffix in ("", ".br"))
    assert compressed < plain * MAX_SHARE


async def test_page_names_every_script_that_its_first_one_imports(console_dist: Path) -> None:
    """Otherwise the browser would find out about them one after the other."""
    page = (console_dist / "index.html").read_text()
    (entry,) = re.findall(r'<script type="module"[^>]* src="\./(assets/[^"]+)"', page)
    script = (console_dist / entry).read_text()
    imported = set(re.findall(r'(?:from|^import|;import)\s*"\./([^"]+\.js)"', script))
    preloaded = set(re.findall(r'<link rel="modulepreload"[^>]* href="\./assets/([^"]+)"', page))
    assert imported <= preloaded


async def test_page_refers_only_to_files_that_the_server_sends(console_dist: Path) -> None:
    page = (console_dist / "index.html").read_text()
    names = re.findall(r'(?:src|href)="\./assets/([^"]+)"', page)
    assert len(names) > 1
    assert re.findall(r'(?:src|href)="(?!\./assets/|graphql/console/)', page) == []
    async with open_console(console_dist, build_settings("sqlite:///unused.db")) as client:
        for name in names:
            response = await client.head(f"{ASSETS_PATH}/{name}", headers={"Accept-Encoding": "br"})
            assert (name, response.status_code) == (name, 200)
            assert "immutable" in response.headers["cache-control"]
