"""The files of the console: encodings, caching, and what is not served."""

from pathlib import Path

import httpx
import pytest

from server.console.assets import ASSETS_PATH
from tests.console.built_console import BROTLI, SCRIPT, SECRET, build_console, open_console
from tests.support.settings import build_settings

SCRIPT_PATH = f"{ASSETS_PATH}/index-abc.js"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The folder of a built console."""
    return build_console(tmp_path)


async def get(dist: Path, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async with open_console(dist, build_settings("sqlite:///unused.db")) as client:
        return await client.request(method, path, headers={name.replace("_", "-"): headers[name] for name in headers})


async def test_assets_are_cached_permanently(dist: Path) -> None:
    response = await get(dist, SCRIPT_PATH)
    assert (response.status_code, response.text) == (200, SCRIPT)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("identity;q=1, br;q=0.5", None),
        ("br;q=0, gzip;q=0", None),
        ("zstd", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
async def test_encoding_is_one_that_the_client_accepts(dist: Path, accepted: str, encoding: str | None) -> None:
    response = await get(dist, SCRIPT_PATH, "HEAD", Accept_Encoding=accepted)
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["vary"] == "Accept-Encoding"


async def test_encodings_have_different_tags(dist: Path) -> None:
    tags = set()
    for encoding in ("br", "gzip", "identity"):
        first = await get(dist, SCRIPT_PATH, "HEAD", Accept_Encoding=encoding)
        current = await get(dist, SCRIPT_PATH, Accept_Encoding=encoding, If_None_Match=first.headers["etag"])
        assert (current.status_code, current.content) == (304, b"")
        assert current.headers["vary"] == "Accept-Encoding"
        assert current.headers["cache-control"].endswith("immutable")
        tags.add(first.headers["etag"])
    assert len(tags) == 3


async def test_head_has_the_headers_of_get(dist: Path) -> None:
    head = await get(dist, SCRIPT_PATH, "HEAD", Accept_Encoding="br")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(BROTLI))
    plain = await get(dist, SCRIPT_PATH, "HEAD")
    assert plain.headers == (await get(dist, SCRIPT_PATH)).headers


async def test_files_without_compressed_copy_are_sent_as_they_are(dist: Path) -> None:
    response = await get(dist, f"{ASSETS_PATH}/logo-abc.png", Accept_Encoding="br, gzip")
    assert (response.content, response.headers["content-type"]) == (b"picture", "image/png")
    assert "content-encoding" not in response.headers


async def test_missing_assets_are_not_found_and_not_cached(dist: Path) -> None:
    for name in ("gone.js", "index-abc.js.br", "index-abc.js.gz"):
        response = await get(dist, f"{ASSETS_PATH}/{name}")
        assert (name, response.status_code) == (name, 404)
        assert "cache-control" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "../index.html",
        "../.done",
        "%2e%2e/.done",
        "..%2f.done",
        "%2e%2e%2f.done",
        "..%5c.done",
        "....//.done",
        "assets/../../.done",
        "%00",
        "index-abc.js%00.png",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "x" * 5000,
        "",
    ],
)
async def test_paths_outside_assets_are_not_served(dist: Path, path: str) -> None:
    response = await get(dist, f"{ASSETS_PATH}/{path}", Accept_Encoding="br, gzip")
    assert response.status_code == 404
    assert SECRET not in response.text


async def test_links_out_of_the_folder_are_not_followed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.js"
    secret.write_text(SECRET)
    (dist / "assets" / "link.js").symlink_to(secret)
    assert (await get(dist, f"{ASSETS_PATH}/link.js")).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_assets_cannot_be_written(dist: Path, method: str) -> None:
    assert (await get(dist, SCRIPT_PATH, method)).status_code == 405


async def test_new_build_is_served_without_restart(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    later_dist = tmp_path_factory.mktemp("console") / "dist"
    async with open_console(later_dist, build_settings("sqlite:///unused.db")) as client:
        assert (await client.get(SCRIPT_PATH)).status_code == 404
        dist.rename(later_dist)
        assert (await client.get(SCRIPT_PATH)).status_code == 200
