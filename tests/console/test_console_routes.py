"""The HTTP routes of the console, with and without a build."""

from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from server.http.console import ASSETS_PATH, console_page, console_routes

HTML = "<!doctype html><title>built</title>"


@pytest.fixture
def built_console(tmp_path: Path) -> Path:
    """The folder of a built console."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("1;")
    (tmp_path / "index.html").write_text(HTML)
    return tmp_path


def browser_client(built_console: Path) -> AsyncClient:
    app = Starlette(routes=console_routes(built_console))
    return AsyncClient(transport=ASGITransport(app), base_url=f"http://test{ASSETS_PATH}/")


async def get(built_console: Path, path: str) -> Response:
    async with browser_client(built_console) as client:
        return await client.get(path)


def test_page_is_the_built_file_and_is_revalidated(built_console: Path) -> None:
    page = console_page(built_console)
    assert (page.status_code, page.body) == (200, HTML.encode())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["vary"] == "Accept"


def test_content_security_policy_allows_own_host_only(built_console: Path) -> None:
    policy = dict(
        part.split(" ", 1) for part in console_page(built_console).headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())


def test_page_without_build_tells_how_to_build(tmp_path: Path) -> None:
    page = console_page(tmp_path / "missing")
    assert page.status_code == 200
    assert b"make console" in page.body
    assert b"src=" not in page.body
    assert b"href=" not in page.body


async def test_assets_are_cached_permanently(built_console: Path) -> None:
    response = await get(built_console, "index-abc.js")
    assert (response.status_code, response.text) == (200, "1;")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "script-src 'self'" in response.headers["content-security-policy"]


async def test_missing_assets_are_not_found_and_not_cached(built_console: Path) -> None:
    response = await get(built_console, "gone.js")
    assert response.status_code == 404
    assert "cache-control" not in response.headers


@pytest.mark.parametrize("path", ["../index.html", "%2e%2e/index.html", "..%2findex.html", ""])
async def test_paths_outside_assets_are_not_served(built_console: Path, path: str) -> None:
    assert (await get(built_console, path)).status_code == 404


async def test_new_build_is_served_without_restart(
    built_console: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    later_dist = tmp_path_factory.mktemp("console") / "dist"
    async with browser_client(later_dist) as client:
        assert (await client.get("index-abc.js")).status_code == 404
        built_console.rename(later_dist)
        assert (await client.get("index-abc.js")).status_code == 200
