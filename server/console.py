"""The GraphiQL console: one page and its files, built from console/ by `make console`.

The page is served at the GraphQL endpoint itself, to browsers that ask for HTML; its files lie below. It reaches no
host but its own, and the Content-Security-Policy holds it to that.
"""

from pathlib import Path

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# index.html names its files relative to this, as `<base href="graphql/console/">`.
ASSETS_PATH = "/graphql/console/assets"

# Monaco styles what it draws inline, and GraphiQL's style sheet carries its fonts and icons as data. Nothing else may
# be inline: scripts and workers come from files of the build. `connect-src 'self'` includes WebSocket.
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
    "Cache-Control": "no-cache",  # the page names the files of one build: it must never outlive that build
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",  # the same address answers GraphQL clients with JSON
    "X-Content-Type-Options": "nosniff",
}

ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # a file's name holds the hash of its content
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,  # a worker obeys the policy of its own file, not the page's
    "X-Content-Type-Options": "nosniff",
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
    <p>The GraphQL endpoint at this address works without it.</p>
  </body>
</html>
"""


def console_page(dist: Path) -> Response:
    """The console built in `dist`, or else a page that says how to build it; never an error."""
    try:
        html = (dist / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        html = NOT_BUILT
    return HTMLResponse(html, headers=PAGE_HEADERS)


def console_routes(dist: Path) -> list[BaseRoute]:
    """The files of the console built in `dist`. A build made later is found without a restart."""
    return [Mount(ASSETS_PATH, Assets(directory=dist / "assets", check_dir=False), name="console")]


class Assets(StaticFiles):
    """Files that never change under their name."""

    async def check_config(self) -> None:
        """Accepts a missing directory: before `make console` the files are not found, which is no fault."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(ASSET_HEADERS)
        return response
