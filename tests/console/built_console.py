"""A built console of a few files, and clients of its routes."""

import gzip
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.config.settings import Settings
from server.console.assets import asset_routes
from server.console.page import console_page, page_routes
from server.issuer_client import build_id_token_verifier

HTML = "<!doctype html><title>built</title>"
SCRIPT = "1;" * 50
SECRET = "outside"
BROTLI = b"the script, compressed with Brotli"
"""Not really: the server does not look into the file."""


def build_console(dist: Path) -> Path:
    """Write what a build writes: a page, a script with compressed copies, and a picture without."""
    (dist / "assets").mkdir()
    (dist / "index.html").write_text(HTML)
    (dist / "index.html.gz").write_bytes(gzip.compress(HTML.encode()))
    (dist / "assets" / "index-abc.js").write_text(SCRIPT)
    (dist / "assets" / "index-abc.js.br").write_bytes(BROTLI)
    (dist / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (dist / "assets" / "logo-abc.png").write_bytes(b"picture")
    (dist / ".done").write_text(SECRET)
    return dist


def open_console(dist: Path, settings: Settings, base_url: str = "http://localhost:8000") -> httpx.AsyncClient:
    """Return a client of a server that has nothing but the console."""
    clients = build_id_token_verifier(settings).console_clients

    async def show_page(request: Request) -> Response:
        return console_page(dist, clients, request)

    page = [Route("/graphql", show_page), Route("/graphql/", show_page)]
    app = Starlette(routes=[*page, *page_routes(settings, dist), *asset_routes(dist)])
    headers = {"Accept": "text/html", "Accept-Encoding": "identity"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url, headers=headers)
