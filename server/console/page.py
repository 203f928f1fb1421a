"""The page of the console, built from console/ by `make console`.

It is served at the GraphQL endpoint, to browsers that request HTML, and at the paths that links in emails lead to. It
connects to no other host but the token endpoints of issuers, which the Content-Security-Policy enforces.
"""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.config.settings import Settings
from server.console.headers import SECURITY_HEADERS, page_headers
from server.console.precompressed import encoded_file, find_encoding
from server.console.tagged_response import tagged_response
from services.people.oidc.console_clients import ConsoleClients

LINK_PATHS = ("/reset-password", "/verify-email", "/accept-invitation")
"""The paths of links in emails (services/people/email_templates.py)."""
MEDIA_TYPE = "text/html; charset=utf-8"
ENDPOINTS = {"name": "Allotment", "graphql": "/graphql", "health": "/health", "ready": "/ready"}

NOT_BUILT = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Allotment</title>
    <style>
      :root { color-scheme: light dark; }
      body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 34rem; padding: 0 1rem; }
      code { background: #8882; border-radius: .25rem; padding: .1rem .4rem; }
    </style>
  </head>
  <body>
    <h1>The console is not built</h1>
    <p>Run <code>make console</code>, then reload this page. It needs npm, or a connection to install it.</p>
    <p>The GraphQL endpoint at this address works without the console.</p>
  </body>
</html>
"""


def console_page(dist: Path, clients: ConsoleClients, request: Request) -> Response:
    """Return the page of the console built in `dist`; if it is not built, a page that explains how to build it."""
    if request.url.path.endswith("/"):  # the page refers to its files relative to the path without the slash
        return RedirectResponse(f"../graphql{_query(request)}", 303, {"Vary": "Accept"})
    # The page names the files of one build, so it must be revalidated. Other clients get JSON from the same URL.
    security = page_headers(option.token_origin for option in clients.options)
    return _render(dist, request, {**security, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding"})


def page_routes(settings: Settings, dist: Path) -> list[Route]:
    """Build the routes of the other pages: `/`, and those that links in emails lead to."""

    async def show_link(request: Request) -> Response:
        if not leads_here(settings, request):
            raise HTTPException(404)
        return _render(dist, request, {**SECURITY_HEADERS, "Cache-Control": "no-store", "Vary": "Accept-Encoding"})

    return [Route("/", _lead_to_console), *(Route(path, show_link) for path in LINK_PATHS)]


async def _lead_to_console(request: Request) -> Response:
    """Redirect browsers to the console, and name the paths to other clients."""
    headers = {"Vary": "Accept"}
    if "text/html" in request.headers.get("Accept", ""):
        return RedirectResponse(f"graphql{_query(request)}", 303, headers)
    return JSONResponse(ENDPOINTS, headers=headers)


def leads_here(settings: Settings, request: Request) -> bool:
    """Whether links in emails lead to this server, and not to a front end of its own."""
    public_host = urlsplit(settings.public_url).netloc
    return not public_host or public_host.lower() == request.headers.get("Host", "").lower()


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


def _render(dist: Path, request: Request, headers: dict[str, str]) -> Response:
    file = dist / "index.html"
    encoding = find_encoding(file, request.headers.get("Accept-Encoding", ""))
    try:
        body = encoded_file(file, encoding).read_bytes()
    except FileNotFoundError:
        body, encoding = NOT_BUILT.encode(), None
    headers = headers | ({"Content-Encoding": encoding} if encoding else {})
    # A browser that gets status 304 keeps the policy that it has stored, so another policy is another version.
    return tagged_response(request, body, headers, MEDIA_TYPE, version=headers["Content-Security-Policy"])
