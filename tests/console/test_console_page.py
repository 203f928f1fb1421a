"""How the console is served, built and not built."""

from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from server.console import ASSETS_PATH, console_page, console_routes

HTML = "<!doctype html><title>built</title>"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("1;")
    (tmp_path / "index.html").write_text(HTML)
    return tmp_path


def browser(dist: Path) -> AsyncClient:
    app = Starlette(routes=console_routes(dist))
    return AsyncClient(transport=ASGITransport(app), base_url=f"http://test{ASSETS_PATH}/")


async def get(dist: Path, path: str) -> Response:
    async with browser(dist) as client:
        return await client.get(path)


def test_page_is_the_built_one_and_is_checked_each_time(dist: Path) -> None:
    page = console_page(dist)
    assert (page.status_code, page.body) == (200, HTML.encode())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["vary"] == "Accept"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_page_may_load_from_its_own_host_only(dist: Path) -> None:
    policy = dict(part.split(" ", 1) for part in console_page(dist).headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())


def test_page_says_how_to_build_it(tmp_path: Path) -> None:
    page = console_page(tmp_path / "missing")
    assert page.status_code == 200
    assert b"make console" in page.body
    assert b"src=" not in page.body
    assert b"href=" not in page.body


async def test_assets_are_cached_for_good(dist: Path) -> None:
    answer = await get(dist, "index-abc.js")
    assert (answer.status_code, answer.text) == (200, "1;")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_missing_assets_are_not_found_and_not_cached(dist: Path) -> None:
    answer = await get(dist, "gone.js")
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers


@pytest.mark.parametrize("path", ["../index.html", "%2e%2e/index.html", "..%2findex.html", ""])
async def test_nothing_but_assets_is_served(dist: Path, path: str) -> None:
    assert (await get(dist, path)).status_code == 404


async def test_a_build_is_found_without_a_restart(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    later = tmp_path_factory.mktemp("console") / "dist"
    async with browser(later) as client:
        assert (await client.get("index-abc.js")).status_code == 404
        dist.rename(later)
        assert (await client.get("index-abc.js")).status_code == 200
