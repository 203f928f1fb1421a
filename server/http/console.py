"""The GraphiQL console: one page and its files, built from console/ by `make console`.

The page is served at the GraphQL endpoint, to browsers that request HTML; its files are served below that path. The
page connects to no other host, which the Content-Security-Policy enforces.
"""

from pathlib import Path

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# index.html references its files relative to `<base href="graphql/console/">`.
ASSETS_PATH = "/graphql/console/assets"

# Monaco uses inline styles, and GraphiQL's style sheet embeds fonts and icons as data URLs. Scripts and workers must be
# files of the build. `connect-src 'self'` includes WebSocket.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'self'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)

PAGE_HEADERS = {
    "Cache-Control": "no-cache",  # the page references the files of one build, so it must be revalidated
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",  # the same URL responds to GraphQL clients with JSON
}

ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # the file name contains a hash of the content
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,  # a worker obeys its own policy, not that of the page
}

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
    <p>Run <code>make console</code>, then reload this page.</p>
    <p>The GraphQL endpoint at this address works without the console.</p>
  </body>
</html>
"""


def console_page(dist: Path) -> Response:
    """Return the page of the console built in `dist`; if it is not built, a page that explains how to build it."""
    try:
        html = (dist / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        html = NOT_BUILT
    return HTMLResponse(html, headers=PAGE_HEADERS)


def console_routes(dist: Path) -> list[BaseRoute]:
    """Build the route of the console's files in `dist`. A later build of the console needs no restart."""
    return [Mount(ASSETS_PATH, ImmutableStaticFiles(directory=dist / "assets", check_dir=False), name="console")]


class ImmutableStaticFiles(StaticFiles):
    """Static files with hashed names, which browsers cache without revalidation."""

    async def check_config(self) -> None:
        """Accept a missing directory: before `make console`, requests for its files respond with 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(ASSET_HEADERS)
        return response
